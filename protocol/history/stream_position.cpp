#include "protocol/history/stream_position.hpp"

#include <array>
#include <charconv>

namespace ability {

void append_epoch(std::string& out, std::uint64_t epoch) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<char, epoch_digits> text;
  for (auto each = text.rbegin(); each != text.rend(); ++each, epoch >>= 4)
    *each = digits[epoch & 0xF];
  out.append(text.data(), text.size());
}

std::optional<std::uint64_t> read_epoch(std::string_view text) noexcept {
  std::uint64_t epoch = 0;
  const auto* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, epoch, 16);
  if (text.size() != epoch_digits || error != std::errc{} || last != end)
    return std::nullopt;
  return epoch;
}

std::string to_string(const stream_position& at) {
  std::string text;
  append_epoch(text, at.epoch);
  return text.append(1, '/').append(std::to_string(at.offset));
}

std::optional<stream_position> read_position(std::string_view text) noexcept {
  const auto epoch = read_epoch(text.substr(0, epoch_digits));
  if (!epoch || text.substr(epoch_digits, 1) != "/")
    return std::nullopt;
  stream_position at{*epoch, 0};
  const auto* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data() + epoch_digits + 1, end, at.offset);
  if (error != std::errc{} || last != end)
    return std::nullopt;
  return at;
}

}  // namespace ability
