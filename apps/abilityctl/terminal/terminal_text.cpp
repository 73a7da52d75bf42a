#include "apps/abilityctl/terminal/terminal_text.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

#include "protocol/text/utf8.hpp"

namespace ability {
namespace {

struct code_points {
  char32_t first;
  char32_t last;
};

bool holds(std::span<const code_points> ranges, char32_t code) noexcept {
  const auto after = std::upper_bound(ranges.begin(), ranges.end(), code,
                                      [](char32_t c, const code_points& r) { return c < r.first; });
  return after != ranges.begin() && code <= std::prev(after)->last;
}

// Unicode's categories Cc, Zl and Zp, marks of direction, and invisible characters.
constexpr std::array obeyed{
    code_points{0x00, 0x1f},     code_points{0x7f, 0x9f},       code_points{0xad, 0xad},
    code_points{0x61c, 0x61c},   code_points{0x180e, 0x180e},   code_points{0x200b, 0x200f},
    code_points{0x2028, 0x202e}, code_points{0x2060, 0x206f},   code_points{0xfeff, 0xfeff},
    code_points{0xfff9, 0xfffb}, code_points{0xe0000, 0xe007f},
};

// Blocks of the categories Mn and Me that occur in texts.
constexpr std::array combining{
    code_points{0x300, 0x36f},   code_points{0x483, 0x489},   code_points{0x591, 0x5bd},
    code_points{0x610, 0x61a},   code_points{0x64b, 0x65f},   code_points{0x6d6, 0x6dc},
    code_points{0x93a, 0x93a},   code_points{0x941, 0x948},   code_points{0x94d, 0x94d},
    code_points{0xe31, 0xe31},   code_points{0xe34, 0xe3a},   code_points{0xe47, 0xe4e},
    code_points{0x1ab0, 0x1aff}, code_points{0x1dc0, 0x1dff}, code_points{0x20d0, 0x20ff},
    code_points{0xfe00, 0xfe0f}, code_points{0xfe20, 0xfe2f}, code_points{0xe0100, 0xe01ef},
};

// East Asian Width W and F, by blocks.
constexpr std::array wide{
    code_points{0x1100, 0x115f},   code_points{0x231a, 0x231b},   code_points{0x23e9, 0x23ec},
    code_points{0x2614, 0x2615},   code_points{0x26a1, 0x26a1},   code_points{0x2705, 0x2705},
    code_points{0x274c, 0x274c},   code_points{0x2e80, 0x303e},   code_points{0x3041, 0x4dbf},
    code_points{0x4e00, 0xa4cf},   code_points{0xa960, 0xa97f},   code_points{0xac00, 0xd7a3},
    code_points{0xf900, 0xfaff},   code_points{0xfe30, 0xfe6f},   code_points{0xff00, 0xff60},
    code_points{0xffe0, 0xffe6},   code_points{0x16fe0, 0x1b2ff}, code_points{0x1f004, 0x1f004},
    code_points{0x1f0cf, 0x1f0cf}, code_points{0x1f18e, 0x1f19a}, code_points{0x1f200, 0x1f64f},
    code_points{0x1f680, 0x1f6ff}, code_points{0x1f900, 0x1faff}, code_points{0x20000, 0x3fffd},
};

/// Code point of a well-formed character.
char32_t code_of(std::string_view character) noexcept {
  const auto lead = static_cast<unsigned char>(character.front());
  if (character.size() == 1)
    return lead;
  char32_t code = lead & (0xffU >> (character.size() + 1));
  for (const char more : character.substr(1))
    code = (code << 6U) | (static_cast<unsigned char>(more) & 0x3fU);
  return code;
}

std::size_t width_of_character(std::string_view character) noexcept {
  const auto code = code_of(character);
  if (code < 0x300)
    return 1;
  return holds(combining, code) ? 0 : holds(wide, code) ? 2 : 1;
}

/// The first character of `text`; a single byte if it is malformed.
std::string_view first_character(std::string_view text) noexcept {
  return text.substr(0, std::max<std::size_t>(utf8_character(text), 1));
}

void append_hex(std::string& out, const char* form, std::uint32_t value) {
  std::array<char, 16> text{};
  const int size = std::snprintf(text.data(), text.size(), form, value);
  out.append(text.data(), static_cast<std::size_t>(size));
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto character = first_character(text);
    const auto well_formed = utf8_character(text) > 0;
    text.remove_prefix(character.size());
    const auto code = well_formed ? code_of(character) : static_cast<unsigned char>(character.front());
    if (well_formed && !holds(obeyed, code))
      out += character;
    else if (code == '\n')
      out += "\\n";
    else if (code == '\t')
      out += "\\t";
    else if (code == '\r')
      out += "\\r";
    else if (!well_formed || code < 0x80)
      append_hex(out, "\\x%02x", code);
    else
      append_hex(out, code > 0xffff ? "\\U%08x" : "\\u%04x", code);
  }
  return out;
}

std::string printable_json(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  while (!json.empty()) {
    const auto character = first_character(json);
    json.remove_prefix(character.size());
    const auto code = code_of(character);
    // JSON text has those below 0x20 escaped, or as white space between values.
    if (code < 0x7f || !holds(obeyed, code))
      out += character;
    else if (code <= 0xffff)
      append_hex(out, "\\u%04x", code);
    else {
      append_hex(out, "\\u%04x", 0xd800U + ((code - 0x10000U) >> 10U));
      append_hex(out, "\\u%04x", 0xdc00U + ((code - 0x10000U) & 0x3ffU));
    }
  }
  return out;
}

std::size_t width_of(std::string_view text) noexcept {
  std::size_t columns = 0;
  while (!text.empty()) {
    const auto character = first_character(text);
    columns += width_of_character(character);
    text.remove_prefix(character.size());
  }
  return columns;
}

std::string clipped(std::string_view text, std::size_t columns) {
  if (width_of(text) <= columns)
    return std::string{text};
  if (columns == 0)
    return {};
  std::size_t used = 0, end = 0;
  while (end < text.size()) {
    const auto character = first_character(text.substr(end));
    const auto width = width_of_character(character);
    if (used + width > columns - 1)
      break;
    used += width;
    end += character.size();
  }
  return std::string{text.substr(0, end)} + "…";
}

text_style text_style::of(int descriptor) {
  if (::isatty(descriptor) == 0)
    return {};
  winsize size{};
  const bool known = ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  const auto* no_color = std::getenv("NO_COLOR");
  const auto* term = std::getenv("TERM");
  const bool plain = (no_color != nullptr && *no_color != '\0') || term == nullptr || std::string_view{term} == "dumb";
  return {.columns = known ? size.ws_col : 80U, .ansi = !plain};
}

}  // namespace ability
