#include "protocol/json/json_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

#include "protocol/json/json_visitor.hpp"
#include "protocol/json/plain_bytes.hpp"
#include "protocol/text/utf8.hpp"

namespace ability {
namespace {

class indifferent final : public json_visitor {
public:
  void on_value(std::size_t, std::string_view, const json_value&) override {}
};

/// The letters of the short escapes; 0: the byte has none.
constexpr auto escape_letters = [] {
  std::array<char, 256> table{};
  table['"'] = '"';
  table['\\'] = '\\';
  table['\b'] = 'b';
  table['\f'] = 'f';
  table['\n'] = 'n';
  table['\r'] = 'r';
  table['\t'] = 't';
  return table;
}();

void append_escaped(std::string& out, unsigned char byte) {
  constexpr std::string_view hex = "0123456789abcdef";
  out += '\\';
  if (escape_letters[byte] != 0) {
    out += escape_letters[byte];
    return;
  }
  out += 'u';
  out += '0';
  out += '0';
  out += hex[byte >> 4];
  out += hex[byte & 0xF];
}

/// Longest string that is escaped on the stack: identifiers and names of streams are, in each message.
constexpr std::size_t usual_size = 128;

/// Appends a short string of ASCII without other escapes than the short ones. False: it is not one, and nothing was
/// appended.
bool append_usual(std::string& out, std::string_view text) {
  std::array<char, 2 * usual_size + 2> quoted;
  if (text.size() > usual_size) {
    return false;
  }
  auto* to = quoted.data();
  *to++ = '"';
  for (const char each : text) {
    const auto byte = static_cast<unsigned char>(each);
    if (!plain_bytes[byte]) {
      if (escape_letters[byte] == 0) {
        return false;
      }
      *to++ = '\\';
      *to++ = escape_letters[byte];
      continue;
    }
    *to++ = each;
  }
  *to++ = '"';
  out.append(quoted.data(), static_cast<std::size_t>(to - quoted.data()));
  return true;
}

/// The UTF-16 unit of the escape `\uXXXX` at the front of `text`; 0 if there is no such escape.
unsigned utf16_unit(std::string_view text) noexcept {
  unsigned unit = 0;
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u' ||
      std::from_chars(text.data() + 2, text.data() + 6, unit, 16).ptr != text.data() + 6) {
    return 0;
  }
  return unit;
}

constexpr bool is_high_half(unsigned unit) noexcept { return unit >= 0xD800 && unit < 0xDC00; }

constexpr bool is_low_half(unsigned unit) noexcept { return unit >= 0xDC00 && unit < 0xE000; }

/// Bytes of the escape at the front of `text`; a surrogate pair counts as one.
std::size_t escape_size(std::string_view text) noexcept {
  if (text.size() < 6 || text[1] != 'u') {
    return std::min<std::size_t>(2, text.size());
  }
  return is_high_half(utf16_unit(text)) && is_low_half(utf16_unit(text.substr(6))) ? 12 : 6;
}

bool is_half_pair(std::string_view escape) noexcept {
  return escape.size() == 6 && (is_high_half(utf16_unit(escape)) || is_low_half(utf16_unit(escape)));
}

char32_t code_point(std::string_view escape) noexcept {
  const auto unit = utf16_unit(escape);
  return escape.size() == 6 ? unit : 0x10000 + ((unit - 0xD800) << 10 | (utf16_unit(escape.substr(6)) - 0xDC00));
}

char meaning_of(char letter) noexcept {
  switch (letter) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return letter;
  }
}

void append_character(std::string& out, char32_t code) {
  const auto continuing = [&](unsigned shift) { out += static_cast<char>(0x80 | (code >> shift & 0x3F)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    continuing(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | code >> 12);
    continuing(6);
    continuing(0);
  } else {
    out += static_cast<char>(0xF0 | code >> 18);
    continuing(12);
    continuing(6);
    continuing(0);
  }
}

}  // namespace

result<void> validate_json(std::string_view text) {
  indifferent visitor;
  return visit_json(text, visitor);
}

text_content content_of(std::string_view text) {
  indifferent visitor;
  if (visit_json(text, visitor)) {
    return text_content::json;
  }
  return visit_json(text, visitor, json_nesting::any) ? text_content::nested_too_deep : text_content::plain;
}

void append_json_string(std::string& out, std::string_view utf8) {
  if (append_usual(out, utf8)) {
    return;
  }
  out += '"';
  std::size_t copied = 0;
  for (std::size_t at = 0; at < utf8.size();) {
    const auto byte = static_cast<unsigned char>(utf8[at]);
    if (plain_bytes[byte]) {
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

std::optional<std::string> decode_json_string(std::string_view quoted) {
  std::string out;
  if (!append_unescaped(out, quoted.substr(1, quoted.size() - 2))) {
    return std::nullopt;
  }
  return out;
}

bool append_unescaped(std::string& out, std::string_view inner, half_pair halves) {
  bool whole = true;
  for (;;) {
    const auto escape = inner.find('\\');
    out.append(inner.substr(0, escape));
    if (escape == std::string_view::npos) {
      return whole;
    }
    inner.remove_prefix(escape);
    const auto size = escape_size(inner);
    if (inner[1] != 'u') {
      out += meaning_of(inner[1]);
    } else if (is_half_pair(inner.substr(0, size))) {
      whole = false;
      out.append(halves == half_pair::escaped ? inner.substr(0, size) : "\xEF\xBF\xBD");
    } else {
      append_character(out, code_point(inner.substr(0, size)));
    }
    inner.remove_prefix(size);
  }
}

}  // namespace ability
