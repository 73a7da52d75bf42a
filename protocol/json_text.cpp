#include "protocol/json_text.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "protocol/json_fields.hpp"
#include "protocol/utf8.hpp"

namespace ability {
namespace {

constexpr std::string_view blanks = " \t\r\n";

// Behind the string that starts at `at`, in valid JSON.
std::size_t end_of_string(std::string_view json, std::size_t at) {
  for (++at; json[at] != '"'; ++at)
    if (json[at] == '\\')
      ++at;
  return at + 1;
}

// Behind the value that starts at `at`, in valid JSON.
std::size_t end_of_value(std::string_view json, std::size_t at) {
  if (json[at] == '"')
    return end_of_string(json, at);
  if (json[at] != '{' && json[at] != '[')
    return json.find_first_of(",]} \t\r\n", at);
  for (std::size_t depth = 0;; ++at) {
    at = json.find_first_of("\"{}[]", at);
    if (json[at] == '"')
      at = end_of_string(json, at) - 1;
    else if (json[at] == '{' || json[at] == '[')
      ++depth;
    else if (--depth == 0)
      return at + 1;
  }
}

// Whether `quoted`, a string of valid JSON, is `key`.
bool is_key(std::string_view quoted, std::string_view key) {
  const auto text = quoted.substr(1, quoted.size() - 2);
  return text.find('\\') == std::string_view::npos ? text == key : nlohmann::json::parse(quoted) == key;
}

class indifferent final : public json_visitor {
public:
  void on_value(std::size_t, std::string_view, json_value) override {}
};

/// Which bytes stand for themselves in a JSON string.
constexpr auto plain = [] {
  std::array<bool, 256> table{};
  for (std::size_t byte = 0x20; byte < 0x80; ++byte) {
    table[byte] = byte != '"' && byte != '\\';
  }
  return table;
}();

void append_escaped(std::string& out, unsigned char byte) {
  constexpr std::string_view hex = "0123456789abcdef";
  switch (byte) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += hex[byte >> 4];
      out += hex[byte & 0xF];
  }
}

}  // namespace

result<void> validate_json(std::string_view text) {
  indifferent visitor;
  return visit_json(text, visitor);
}

void append_json_string(std::string& out, std::string_view utf8) {
  out += '"';
  std::size_t copied = 0;
  for (std::size_t at = 0; at < utf8.size();) {
    const auto byte = static_cast<unsigned char>(utf8[at]);
    if (plain[byte]) {
      ++at;
      continue;
    }
    if (byte >= 0x80) {
      if (const auto size = utf8_character(utf8.substr(at)); size > 0) {
        at += size;
        continue;
      }
    }
    out.append(utf8, copied, at - copied);
    if (byte >= 0x80) {
      out += "\xEF\xBF\xBD";
    } else {
      append_escaped(out, byte);
    }
    copied = ++at;
  }
  out.append(utf8, copied);
  out += '"';
}

std::string_view json_member(std::string_view object, std::string_view key) {
  std::string_view found;
  std::size_t at = object.find('{') + 1;
  for (;;) {
    at = object.find_first_of("\"}", at);
    if (object[at] == '}')
      return found;
    const auto name = object.substr(at, end_of_string(object, at) - at);
    at = object.find_first_not_of(blanks, object.find(':', at + name.size()) + 1);
    const auto value = object.substr(at, end_of_value(object, at) - at);
    if (is_key(name, key))
      found = value;
    at += value.size();
  }
}

}  // namespace ability
