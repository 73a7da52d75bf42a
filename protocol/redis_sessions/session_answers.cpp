#include "protocol/redis_sessions/session_answers.hpp"

#include <optional>
#include <string_view>

#include "protocol/redis/redis_answers.hpp"

namespace ability {

namespace {

// The word that begins an answer of `size` items; empty: it is another answer.
std::string_view word_of(const redis_value& answer, std::size_t size) {
  if (!answer.is_list() || answer.items.size() != size || !answer.items[0].is_text())
    return {};
  return answer.items[0].text;
}

}  // namespace

redis_result<bool> read_done(const redis_value& answer) {
  const auto word = word_of(answer, 1);
  if (word != "done" && word != "gone")
    return error_of(answer);
  return word == "done";
}

redis_result<session_found> read_found(const redis_value& answer) {
  using outcome = session_found::outcome;
  if (word_of(answer, 2) == "found" && answer.items[1].is_text())
    return session_found{outcome::found, answer.items[1].text};
  const auto word = word_of(answer, 1);
  if (word == "unknown")
    return session_found{outcome::unknown};
  if (word == "foreign")
    return session_found{outcome::foreign};
  if (word == "open")
    return session_found{outcome::open};
  return error_of(answer);
}

redis_result<sessions_shared> read_shared(const redis_value& answer) {
  const auto word = word_of(answer, 4);
  sessions_shared read{.had_lease = word == "alive"};
  if ((word != "alive" && word != "fresh") || !read_whole(answer.items[1], read.freed) ||
      !read_whole(answer.items[2], read.due) || !read_whole(answer.items[3], read.all))
    return error_of(answer);
  return read;
}

redis_result<sessions_reaped> read_reaped(const redis_value& answer) {
  sessions_reaped read;
  if (!answer.is_list() || answer.items.size() != 2 || !read_whole(answer.items[0], read.ended) ||
      !answer.items[1].is_list() || answer.items[1].items.size() % 2 != 0)
    return error_of(answer);
  const auto& items = answer.items[1].items;
  for (std::size_t i = 0; i < items.size(); i += 2) {
    if (!items[i].is_text() || !items[i + 1].is_text())
      return error_of(answer);
    read.owed.emplace_back(items[i].text, items[i + 1].text);
  }
  return read;
}

redis_result<std::string> read_ended(const redis_value& answer) {
  if (word_of(answer, 2) != "done" || !answer.items[1].is_text())
    return error_of(answer);
  return answer.items[1].text;
}

}  // namespace ability
