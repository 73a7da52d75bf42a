#include "protocol/redis_presence/presence_answers.hpp"

#include <array>
#include <utility>

#include "protocol/redis/redis_answers.hpp"

namespace ability {

namespace {

// Two items lead the outcomes of the orders.
constexpr std::size_t leading = 2;

// Takes a size and its colon from `rest`.
std::optional<std::size_t> take_count(std::string_view& rest) {
  const auto end = rest.find(':');
  std::size_t size = 0;
  if (end == std::string_view::npos || !read_whole(rest.substr(0, end), size))
    return std::nullopt;
  rest.remove_prefix(end + 1);
  return size;
}

// Takes a text of that size from `rest`.
bool take_text(std::string_view& rest, std::size_t size, std::string& into) {
  if (size > rest.size())
    return false;
  into = rest.substr(0, size);
  rest.remove_prefix(size);
  return true;
}

std::optional<member_result> read_result(std::string_view text) {
  using outcome = member_outcome;
  constexpr std::string_view expired = "expired:";
  if (text.starts_with(expired)) {
    member_result read{.what = outcome::expired};
    return read_whole(text.substr(expired.size()), read.left) ? std::optional{read} : std::nullopt;
  }
  constexpr std::array<std::pair<std::string_view, outcome>, 10> names{{{"joined", outcome::joined},
                                                                        {"updated", outcome::updated},
                                                                        {"returned", outcome::returned},
                                                                        {"full", outcome::full},
                                                                        {"gone", outcome::gone},
                                                                        {"left", outcome::left},
                                                                        {"still", outcome::still},
                                                                        {"absent", outcome::absent},
                                                                        {"renewed", outcome::renewed},
                                                                        {"unknown", outcome::unknown}}};
  for (const auto& [name, what] : names)
    if (text == name)
      return member_result{what};
  return std::nullopt;
}

// A member as the hash has it: `LIVE:ENDED:INFO`.
bool read_member(std::string_view text, member_facts& into) {
  const auto live = take_count(text);
  const auto end = text.find(':');
  if (!live || end == std::string_view::npos)
    return false;
  into.away = end == 0 ? 0 : 1;
  into.sessions = *live + into.away;
  into.info = text.substr(end + 1);
  return true;
}

redis_error no_answer_of_it() { return {redis_failure::malformed, "the answer is not one about members"}; }

}  // namespace

redis_result<presence_applied> read_applied(const redis_value& answer, std::size_t orders) {
  if (!answer.is_list())
    return error_of(answer);
  const auto& items = answer.items;
  for (const auto& each : items)
    if (!each.is_text())
      return no_answer_of_it();
  presence_applied read;
  if (items.size() != leading + orders || !read_whole(items[0].text, read.done.total))
    return no_answer_of_it();
  if (std::int64_t due = 0; !items[1].text.empty()) {
    if (!read_whole(items[1].text, due))
      return no_answer_of_it();
    read.done.next_due = std::chrono::milliseconds{due};
  }
  constexpr std::string_view failed = "failed:";
  for (std::size_t i = leading; i < items.size(); ++i) {
    const std::string_view text{items[i].text};
    if (text.starts_with(failed)) {
      read.done.results.push_back({member_outcome::failed});
      if (!read.refused)
        read.refused = error_of({.what = redis_value::kind::error, .text = std::string{text.substr(failed.size())}});
      continue;
    }
    const auto result = read_result(text);
    if (!result)
      return no_answer_of_it();
    read.done.results.push_back(*result);
  }
  return read;
}

redis_result<scanned_members> read_scanned(const redis_value& answer) {
  if (!answer.is_list())
    return error_of(answer);
  if (answer.items.size() != 2 || !answer.items[0].is_text() || !answer.items[1].is_list() ||
      answer.items[1].items.size() % 2 != 0)
    return no_answer_of_it();
  scanned_members read{.cursor = answer.items[0].text};
  const auto& fields = answer.items[1].items;
  read.members.reserve(fields.size() / 2);
  for (std::size_t i = 0; i < fields.size(); i += 2) {
    member_facts one{.id = fields[i].text, .info = {}};
    if (!fields[i].is_text() || !fields[i + 1].is_text())
      return no_answer_of_it();
    // A text that other programs have written is no member. The script passes over it, too.
    if (read_member(fields[i + 1].text, one))
      read.members.push_back(std::move(one));
  }
  return read;
}

std::optional<std::vector<member_event>> read_member_news(std::string_view text) {
  std::vector<member_event> events;
  while (!text.empty()) {
    if (!is_member_news(text))
      return std::nullopt;
    member_event one{.joined = text.front() == '+'};
    text.remove_prefix(1);
    const auto id_size = take_count(text);
    const auto info_size = id_size && one.joined ? take_count(text) : std::optional<std::size_t>{0};
    if (!id_size || !info_size || !take_text(text, *id_size, one.id) || !take_text(text, *info_size, one.info))
      return std::nullopt;
    events.push_back(std::move(one));
  }
  return events;
}

}  // namespace ability
