#include "protocol/fly/packet.hpp"

#include <algorithm>
#include <boost/endian/conversion.hpp>
#include <cassert>

namespace ability::fly {

namespace {

constexpr std::uint8_t subtype_mask = 0xc0;
constexpr std::uint8_t option_mask = 0x3f;

// Flag byte of upstream's RPC packets: 1011, then Req, Resp, Error, Buffer.
constexpr std::uint8_t legacy_rpc = 0xb0;
constexpr std::uint8_t legacy_mask = 0xf0;
constexpr std::uint8_t legacy_req = 0x01;

std::uint8_t byte_at(std::string_view bytes, std::size_t i) noexcept { return static_cast<std::uint8_t>(bytes[i]); }

std::uint16_t u16_at(std::string_view bytes, std::size_t i) noexcept {
  return boost::endian::load_big_u16(reinterpret_cast<const unsigned char*>(bytes.data() + i));
}

// Resp, Error and Buffer are one bit higher in `legacy`, above Req, which is set unless Resp is.
std::uint8_t to_legacy(std::uint8_t options) noexcept {
  const auto shifted = static_cast<std::uint8_t>((options & 0x07) << 1);
  return static_cast<std::uint8_t>(legacy_rpc | shifted | ((options & rpc_option::resp) == 0 ? legacy_req : 0));
}

std::uint8_t from_legacy(std::uint8_t flag) noexcept { return (flag >> 1) & 0x07; }

}  // namespace

void append_header(std::string& out, const packet& what, std::size_t size, profile how) {
  assert(size <= max_buffer);
  const bool legacy = how == profile::legacy && what.type == subtype::rpc;
  const auto flag =
      legacy ? to_legacy(what.options)
             : static_cast<std::uint8_t>(static_cast<std::uint8_t>(what.type) | (what.options & option_mask));
  const char header[header_size] = {static_cast<char>(flag),         static_cast<char>(what.command >> 8),
                                    static_cast<char>(what.command), static_cast<char>(what.sequence),
                                    static_cast<char>(size >> 8),    static_cast<char>(size)};
  out.reserve(out.size() + header_size + size);
  out.append(header, header_size);
}

void append_packet(std::string& out, const packet& what, profile how) {
  append_header(out, what, what.buffer.size(), how);
  out.append(what.buffer);
}

std::optional<packet> first_packet(std::string_view bytes, profile how) {
  if (bytes.size() < header_size)
    return std::nullopt;
  const std::size_t size = u16_at(bytes, 4);
  if (bytes.size() - header_size < size)
    return std::nullopt;
  const auto flag = byte_at(bytes, 0);
  packet found{static_cast<subtype>(flag & subtype_mask), static_cast<std::uint8_t>(flag & option_mask),
               u16_at(bytes, 1), byte_at(bytes, 3), bytes.substr(header_size, size)};
  if (how == profile::legacy && (flag & legacy_mask) == legacy_rpc) {
    found.type = subtype::rpc;
    found.options = from_legacy(flag);
  }
  return found;
}

std::optional<packet> whole_packet(std::string_view bytes, profile how) {
  const auto found = first_packet(bytes, how);
  return found && size_of(*found) == bytes.size() ? found : std::nullopt;
}

void packet_reader::complete(std::string_view& bytes) {
  const std::size_t due = partial_.size() < header_size ? header_size : header_size + u16_at(partial_, 4);
  const auto taken = std::min(due - partial_.size(), bytes.size());
  partial_ += bytes.substr(0, taken);
  bytes.remove_prefix(taken);
}

}  // namespace ability::fly
