#include "protocol/redis/redis_text_filter.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace ability {

namespace {

constexpr std::size_t longest_line = 32;  // bytes; `$`, a length of 64 bits and its end of line, with room to spare
constexpr std::uint64_t end_of_line = 2;

// The length stated by a line; nullopt for the nil text and for an invalid length.
std::optional<std::uint64_t> length_in(std::string_view line) {
  if (line.size() <= 1 + end_of_line || !line.ends_with("\r\n"))
    return {};
  std::uint64_t length = 0;
  const auto* const last = line.data() + line.size() - end_of_line;
  const auto [end, error] = std::from_chars(line.data() + 1, last, length);
  if (error != std::errc{} || end != last)
    return {};
  return length;
}

}  // namespace

// Begins a text; true if the line with its length is to be skipped.
bool redis_text_filter::begin_text(std::optional<std::uint64_t> length) {
  if (length && *length > longest_possible) {
    senseless_ = true;
    impossible_ = *length;
    return true;
  }
  const bool too_long = length && *length > longest_;
  left_ = length ? *length + end_of_line : 0;
  skipping_ = too_long ? *length : 0;
  return too_long;
}

redis_piece redis_text_filter::take(std::string_view& rest) {
  if (!held_.empty())
    return take_held_line(rest);
  std::size_t passed = 0;
  while (passed < rest.size()) {
    const auto here = rest.substr(passed);
    if (skipping_ > 0)
      return passed == 0 ? skip(rest) : pass(rest, passed);
    if (senseless_) {
      passed = rest.size();
    } else if (left_ > 0) {
      const auto size = std::min<std::uint64_t>(left_, here.size());
      passed += size;
      left_ -= size;
    } else if (const auto end = here.find('\n'); in_line_ || here.front() != '$') {
      in_line_ = end == std::string_view::npos;
      passed += in_line_ ? here.size() : end + 1;
    } else if (end >= longest_line) {
      // Incomplete, or too long for a line with a length.
      return passed == 0 ? take_held_line(rest) : pass(rest, passed);
    } else if (!begin_text(length_in(here.substr(0, end + 1)))) {
      passed += end + 1;
    } else {
      auto piece = pass(rest, passed);
      rest.remove_prefix(end + 1);
      piece.impossible = std::exchange(impossible_, 0);
      return piece;
    }
  }
  return pass(rest, passed);
}

redis_piece redis_text_filter::pass(std::string_view& rest, std::size_t size) {
  const auto bytes = rest.substr(0, size);
  rest.remove_prefix(size);
  return {.bytes = bytes};
}

redis_piece redis_text_filter::skip(std::string_view& rest) {
  const auto size = std::min<std::uint64_t>(left_, rest.size());
  rest.remove_prefix(size);
  left_ -= size;
  return {.skipped = left_ == 0 ? std::exchange(skipping_, 0) : 0};
}

redis_piece redis_text_filter::take_held_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  const auto part = rest.substr(0, end == std::string_view::npos ? end : end + 1);
  held_ += part;
  rest.remove_prefix(part.size());
  if (end == std::string_view::npos && held_.size() <= longest_line)
    return {};
  released_ = std::exchange(held_, {});
  senseless_ = released_.size() > longest_line;
  if (!senseless_ && begin_text(length_in(released_)))
    return {.impossible = std::exchange(impossible_, 0)};
  return {.bytes = released_};
}

}  // namespace ability
