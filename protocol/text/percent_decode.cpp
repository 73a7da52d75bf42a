#include "protocol/text/percent_decode.hpp"

#include <charconv>

namespace ability {

namespace {

// The character that `text` begins with, as `%41`; none: it does not begin so.
std::optional<char> encoded_character(std::string_view text) {
  constexpr std::size_t length = 3;
  unsigned value = 0;
  if (text.size() < length || text.front() != '%' ||
      std::from_chars(text.data() + 1, text.data() + length, value, 16).ptr != text.data() + length)
    return std::nullopt;
  return static_cast<char>(value);
}

}  // namespace

std::string percent_decode(std::string_view text, char plus) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (const auto encoded = encoded_character(text.substr(i))) {
      decoded += *encoded;
      i += 2;
    } else {
      decoded += text[i] == '+' ? plus : text[i];
    }
  }
  return decoded;
}

std::optional<std::string> strict_percent_decode(std::string_view text) {
  for (auto at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1))
    if (!encoded_character(text.substr(at)))
      return std::nullopt;
  return percent_decode(text, '+');
}

}  // namespace ability
