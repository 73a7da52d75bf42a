#include "protocol/json_text.hpp"

#include <array>

#include "protocol/json_fields.hpp"
#include "protocol/utf8.hpp"

namespace ability {
namespace {

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

}  // namespace ability
