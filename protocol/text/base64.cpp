#include "protocol/text/base64.hpp"

#include <array>
#include <cstdint>

namespace ability {
namespace {

constexpr std::string_view standard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_safe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t no_digit = 64;

/// The value of each byte as a digit of either alphabet.
constexpr auto digits = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(no_digit);
  for (std::uint8_t value = 0; value < 64; ++value) {
    table[static_cast<unsigned char>(standard[value])] = value;
    table[static_cast<unsigned char>(url_safe[value])] = value;
  }
  return table;
}();

std::string encode(std::string_view bytes, std::string_view alphabet) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(byte);
    for (count += 8; count >= 6; count -= 6) {
      out += alphabet[bits >> (count - 6) & 0x3F];
    }
  }
  if (count > 0) {
    out += alphabet[bits << (6 - count) & 0x3F];
  }
  return out;
}

/// `text` without its padding; unchanged if the padding is incomplete.
std::string_view unpadded(std::string_view text) noexcept {
  if (text.size() % 4 == 0) {
    for (int i = 0; i < 2 && text.ends_with('='); ++i) {
      text.remove_suffix(1);
    }
  }
  return text;
}

}  // namespace

std::string encode_base64(std::string_view bytes) {
  auto out = encode(bytes, standard);
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

std::string encode_base64url(std::string_view bytes) { return encode(bytes, url_safe); }

result<std::string> decode_base64(std::string_view text) {
  if (text.find_first_of("+/") != std::string_view::npos && text.find_first_of("-_") != std::string_view::npos) {
    return fault{errc::wrong_value, "malformed base64: a mix of two alphabets"};
  }
  const auto payload = unpadded(text);
  std::string out;
  out.reserve(payload.size() * 3 / 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (std::size_t at = 0; at < payload.size(); ++at) {
    const auto digit = digits[static_cast<unsigned char>(payload[at])];
    if (digit == no_digit) {
      return fault{errc::wrong_value, "malformed base64: unexpected at byte " + std::to_string(at + 1)};
    }
    bits = bits << 6 | digit;
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>(bits >> count & 0xFF);
    }
  }
  if (count == 6) {
    return fault{errc::wrong_value, "malformed base64: it ends too early"};
  }
  if ((bits & ((1U << count) - 1)) != 0) {
    return fault{errc::wrong_value, "malformed base64: bits are left over"};
  }
  return out;
}

}  // namespace ability
