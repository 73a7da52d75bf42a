#include "protocol/fly/mux.hpp"

#include <algorithm>
#include <boost/endian/conversion.hpp>

#include "protocol/fly/packet.hpp"

namespace ability::fly {

namespace {

std::uint16_t load_u16(const char* bytes) noexcept {
  return boost::endian::load_big_u16(reinterpret_cast<const unsigned char*>(bytes));
}

void append_u16(std::string& out, std::size_t value) {
  out += static_cast<char>(value >> 8);
  out += static_cast<char>(value);
}

void append_frame(std::string& out, std::span<const client_id> targets, std::string_view buffer) {
  out += static_cast<char>(targets.size());
  for (const auto id : targets)
    append_u16(out, id);
  append_u16(out, buffer.size());
  out += buffer;
}

}  // namespace

client_id target_list::iterator::operator*() const noexcept { return load_u16(at_); }

std::size_t frame_size(std::string_view bytes) noexcept {
  if (bytes.empty())
    return 0;
  const std::size_t head = 1 + 2 * std::size_t{static_cast<std::uint8_t>(bytes.front())} + 2;
  return bytes.size() < head ? 0 : head + load_u16(bytes.data() + head - 2);
}

std::optional<mux_frame> first_frame(std::string_view bytes) noexcept {
  const auto size = frame_size(bytes);
  if (size == 0 || bytes.size() < size)
    return std::nullopt;
  const std::size_t ids = 2 * std::size_t{static_cast<std::uint8_t>(bytes.front())};
  return mux_frame{target_list{bytes.substr(1, ids)}, bytes.substr(ids + 3, size - ids - 3), size};
}

void append_frames(std::string& out, std::span<const client_id> targets, std::string_view buffer) {
  while (!targets.empty()) {
    const auto some = targets.first(std::min(targets.size(), max_targets));
    targets = targets.subspan(some.size());
    auto rest = buffer;
    do {
      const auto piece = rest.substr(0, max_buffer);
      rest.remove_prefix(piece.size());
      append_frame(out, some, piece);
    } while (!rest.empty());
  }
}

bool extend_frame(std::string& out, std::size_t at, client_id target, std::string_view buffer, std::size_t most) {
  const auto last = at < out.size() ? first_frame(std::string_view{out}.substr(at)) : std::nullopt;
  if (!last || at + last->size != out.size() || last->targets.size() != 1 || *last->targets.begin() != target)
    return false;
  const auto size = last->buffer.size() + buffer.size();
  if (last->buffer.empty() || buffer.empty() || size > std::min(most, max_buffer))
    return false;
  constexpr std::size_t length_at = 3;
  out[at + length_at] = static_cast<char>(size >> 8);
  out[at + length_at + 1] = static_cast<char>(size);
  out += buffer;
  return true;
}

}  // namespace ability::fly
