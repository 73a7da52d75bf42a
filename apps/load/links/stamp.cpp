#include "apps/load/links/stamp.hpp"

#include <array>
#include <charconv>

namespace ability::load {

namespace {

// A message is `"@run:stream:publisher:number:due:delta:ppp…"`; numbers are in hex, `delta` is sent - due.
constexpr char lead = '@';
constexpr char separator = ':';
constexpr char filler = 'p';

void append_field(std::string& out, std::uint64_t value) {
  std::array<char, 16> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
  out.append(digits.data(), end);
  out += separator;
}

int digit_of(char c) noexcept {
  if (c >= '0' && c <= '9')
    return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Removes a field of at most `digits` digits and its separator from the front. False if there is none.
bool take_field(std::string_view& text, std::size_t digits, std::uint64_t& value) noexcept {
  value = 0;
  std::size_t size = 0;
  for (; size < text.size() && size < digits; ++size) {
    const int digit = digit_of(text[size]);
    if (digit < 0)
      break;
    value = value << 4 | static_cast<std::uint64_t>(digit);
  }
  if (size == 0 || size == text.size() || text[size] != separator)
    return false;
  text.remove_prefix(size + 1);
  return true;
}

}  // namespace

void append_message(std::string& out, std::uint32_t run, const stamp& mark, std::size_t bytes) {
  const auto begin = out.size();
  out.reserve(begin + bytes);
  out += '"';
  out += lead;
  append_field(out, run);
  append_field(out, mark.stream);
  append_field(out, mark.publisher);
  append_field(out, mark.number);
  const auto due = static_cast<std::uint64_t>(mark.due_ns);
  append_field(out, due);
  append_field(out, static_cast<std::uint64_t>(mark.sent_ns) - due);
  if (const auto size = out.size() - begin + 1; size < bytes)
    out.append(bytes - size, filler);
  out += '"';
}

std::optional<stamp> find_stamp(std::string_view text, std::uint32_t run) {
  // Linear time even for a text full of `@`: each is examined once, up to the length of the longest stamp.
  for (auto at = text.find(lead); at != std::string_view::npos; at = text.find(lead, at + 1)) {
    auto rest = text.substr(at + 1);
    std::uint64_t whose = 0;
    std::uint64_t stream = 0;
    std::uint64_t publisher = 0;
    std::uint64_t number = 0;
    std::uint64_t due = 0;
    std::uint64_t delta = 0;
    if (at == 0 || text[at - 1] != '"' || !take_field(rest, 8, whose) || whose != run || !take_field(rest, 8, stream) ||
        !take_field(rest, 8, publisher) || !take_field(rest, 16, number) || !take_field(rest, 16, due) ||
        !take_field(rest, 16, delta))
      continue;
    // A closing quote proves that the string was not cut off.
    if (rest.find('"') == std::string_view::npos)
      return std::nullopt;
    return stamp{static_cast<std::uint32_t>(stream), static_cast<std::uint32_t>(publisher), number,
                 static_cast<std::int64_t>(due), static_cast<std::int64_t>(due + delta)};
  }
  return std::nullopt;
}

}  // namespace ability::load
