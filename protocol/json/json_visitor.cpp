#include "protocol/json/json_visitor.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "protocol/json/json_text.hpp"
#include "protocol/json/json_walker.hpp"

namespace ability {

std::string_view describe(json_kind kind) noexcept {
  switch (kind) {
    case json_kind::absent:
      return "nothing";
    case json_kind::null:
      return "null";
    case json_kind::boolean:
      return "a boolean";
    case json_kind::number:
      return "a number";
    case json_kind::string:
      return "a string";
    case json_kind::array:
      return "an array";
    case json_kind::object:
      return "an object";
  }
  return "something else";
}

std::string json_value::text() const {
  std::string out;
  if (kind == json_kind::string && !append_unescaped(out, raw.substr(1, raw.size() - 2))) {
    *unusable = "half a surrogate pair";
  }
  return out;
}

double json_value::number() const {
  double value = 0;
  if (kind != json_kind::number) {
    return value;
  }
  if (std::from_chars(raw.data(), raw.data() + raw.size(), value).ec == std::errc::result_out_of_range) {
    // Underflow gives 0; only overflow is an error.
    value = std::strtod(std::string{raw}.c_str(), nullptr);
    if (!std::isfinite(value)) {
      *unusable = "a number out of range";
    }
  }
  return value;
}

result<void> visit_json(std::string_view text, json_visitor& visitor, json_nesting nesting) {
  // Later parsers may stop at a NUL, and skip a byte order mark.
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    return fault{errc::malformed_json, "malformed JSON: a raw NUL at byte " + std::to_string(nul + 1)};
  }
  if (text.starts_with("\xEF\xBB\xBF")) {
    return fault{errc::malformed_json, "malformed JSON: a byte order mark"};
  }
  return json_walker{text, visitor, nesting}.walk();
}

}  // namespace ability
