#include "protocol/json/json_writer.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "protocol/json/json_text.hpp"
#include "protocol/text/utf8.hpp"

namespace ability {

void json_writer::separate() {
  if (needs_comma_)
    out_ += ',';
  needs_comma_ = true;
}

json_writer& json_writer::open(char bracket) {
  separate();
  out_ += bracket;
  needs_comma_ = false;
  return *this;
}

json_writer& json_writer::close(char bracket) {
  out_ += bracket;
  needs_comma_ = true;
  return *this;
}

json_writer& json_writer::key(std::string_view name) {
  value(name);
  out_ += ':';
  needs_comma_ = false;
  return *this;
}

json_writer& json_writer::value(std::string_view text) {
  separate();
  append_json_string(out_, text);
  return *this;
}

json_writer& json_writer::value(bool flag) { return raw(flag ? "true" : "false"); }

json_writer& json_writer::value(double number) {
  if (!std::isfinite(number))
    return raw("null");
  std::array<char, 400> digits;  // fits the largest double
  const auto [end, error] =
      std::to_chars(digits.data(), digits.data() + digits.size(), number, std::chars_format::fixed, 3);
  std::string_view text{digits.data(), static_cast<std::size_t>(end - digits.data())};
  text = text.substr(0, text.find_last_not_of('0') + 1);
  if (text.ends_with('.'))
    text.remove_suffix(1);
  return raw(text);
}

json_writer& json_writer::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

std::string shown(std::string_view text) {
  std::string front{utf8_prefix(text, max_shown)};
  if (front.size() < text.size())
    front += "\u2026";
  return front;
}

}  // namespace ability
