#include "protocol/redis_log/log_answers.hpp"

#include <algorithm>

#include "protocol/redis/redis_answers.hpp"
#include "protocol/redis_log/packed_broadcast.hpp"

namespace ability {

namespace {

constexpr std::size_t parts_of_entry = 3;
constexpr std::size_t parts_of_content = 10;

bool read_epoch_of(std::string_view text, std::uint64_t& into) {
  const auto read = read_epoch(text);
  into = read.value_or(0);
  return into != 0;
}

// Cuts `text` at the first `:`; both parts may be empty.
std::string_view cut(std::string_view& rest) {
  const auto end = rest.find(':');
  const auto first = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return first;
}

bool read_ancestors(std::string_view text, std::vector<log_ancestor>& into) {
  while (!text.empty()) {
    const auto end = text.find(' ');
    auto one = text.substr(0, end);
    log_ancestor read;
    if (!read_epoch_of(cut(one), read.epoch) || !read_whole(one, read.last))
      return false;
    into.push_back(read);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return true;
}

// Takes the entries behind the last one that is missing or cannot be read. The log has lost that one and those before.
bool read_entries(std::string_view stream, const redis_value& from, log_content& into) {
  if (!from.is_list() || from.items.size() % parts_of_entry != 0)
    return false;
  auto& entries = into.entries;
  entries.reserve(from.items.size() / parts_of_entry);
  for (std::size_t i = 0; i < from.items.size(); i += parts_of_entry) {
    log_entry read;
    if (!read_whole(from.items[i], read.offset))
      return false;
    if (read.offset > into.at.offset) {
      ++into.unreadable;
      continue;
    }
    auto message = from.items[i + 2].is_text() ? unpack_broadcast(stream, from.items[i + 2].text) : std::nullopt;
    const bool is_readable = message && read_whole(from.items[i + 1], read.time);
    if (!is_readable || (!entries.empty() && read.offset != entries.back().offset + 1)) {
      ++into.unreadable;
      entries.clear();
    }
    if (!is_readable)
      continue;
    read.message = std::move(*message);
    entries.push_back(std::move(read));
  }
  return true;
}

}  // namespace

redis_result<log_appended> read_appended(const redis_value& answer) {
  if (!answer.is_list() || answer.items.empty() || !answer.items[0].is_text())
    return error_of(answer);
  const auto& items = answer.items;
  log_appended read;
  if (items[0].text == "unsure") {
    read.what = log_appended::outcome::unsure;
    return read;
  }
  const bool is_new = items[0].text == "new";
  if (items.size() != (is_new ? 4U : 3U) || (!is_new && items[0].text != "earlier") || !items[1].is_text() ||
      !read_epoch_of(items[1].text, read.at.epoch) || !read_whole(items[2], read.at.offset) || read.at.offset == 0 ||
      (is_new && !read_whole(items[3], read.time)))
    return error_of(answer);
  read.what = is_new ? log_appended::outcome::added : log_appended::outcome::earlier;
  return read;
}

redis_result<log_content> read_content(std::string_view stream, const redis_value& answer) {
  if (!answer.is_list())
    return error_of(answer);
  const auto& items = answer.items;
  log_content read;
  std::int64_t last_time = 0;
  std::int64_t first_time = 0;
  std::int64_t present = 0;
  if (items.size() != parts_of_content || !items[0].is_text() || !read_epoch_of(items[0].text, read.at.epoch) ||
      !read_whole(items[1], read.at.offset) || !read_whole(items[2], last_time) ||
      !read_whole(items[3], read.complete_from) || !read_whole(items[4], read.now) ||
      !read_whole(items[5], read.first) || !read_whole(items[6], first_time) || !items[7].is_text() ||
      !read_ancestors(items[7].text, read.ancestors) || !read_entries(stream, items[8], read) ||
      !read_whole(items[9], present) || read.first > read.at.offset + 1)
    return error_of(answer);
  read.has_members = present > 0;
  if (read.unreadable > 0) {
    read.first = read.entries.empty() ? read.at.offset + 1 : read.entries.front().offset;
    first_time = read.entries.empty() ? last_time : read.entries.front().time;
  }
  // Publications that were dropped are not newer than the first one that is kept, or than the last one if none is.
  if (read.first > 1)
    read.complete_from = std::max(read.complete_from, (read.first > read.at.offset ? last_time : first_time) + 1);
  return read;
}

redis_result<std::optional<log_content>> read_listed(std::string_view stream, const redis_value& answer) {
  if (answer.is_list() && answer.items.empty())
    return std::optional<log_content>{};
  auto content = read_content(stream, answer);
  if (auto* const error = std::get_if<redis_error>(&content))
    return std::move(*error);
  return std::optional{std::get<log_content>(std::move(content))};
}

std::optional<log_news> read_news(std::string_view stream, std::string_view text) {
  log_news read;
  if (!read_epoch_of(cut(text), read.epoch) || !read_whole(cut(text), read.entry.offset) || read.entry.offset == 0 ||
      !read_whole(cut(text), read.entry.time))
    return std::nullopt;
  auto message = unpack_broadcast(stream, text);
  if (!message)
    return std::nullopt;
  read.entry.message = std::move(*message);
  return read;
}

}  // namespace ability
