/// FlyRPC packets: a header of six bytes, then a buffer of up to 65,535 bytes.
/// Source: docs/protocols/flyrpc.md "Packet".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ability::fly {

/// The subprotocol of WebSocket clients: one binary message is one packet.
inline constexpr std::string_view subprotocol = "flyrpc.v1";

/// Kinds of packets: the top two bits of the flag byte.
enum class subtype : std::uint8_t {
  mq = 0x00,    ///< subscriptions and messages of streams
  helo = 0x40,  ///< capabilities and identities of both sides
  ping = 0x80,
  rpc = 0xc0,  ///< calls, messages and replies
};

/// Options: the low six bits of the flag byte, by subtype. Unnamed bits are sent as 0 and ignored.
namespace rpc_option {
inline constexpr std::uint8_t resp = 0x01;        ///< a reply
inline constexpr std::uint8_t error = 0x02;       ///< with `resp`: the buffer is an error
inline constexpr std::uint8_t buffer = 0x04;      ///< the buffer is raw bytes, independent of the serializer
inline constexpr std::uint8_t ack = 0x08;         ///< requests a reply in any case, if both Helos allow it
inline constexpr std::uint8_t compressed = 0x10;  ///< the buffer is deflated, if both Helos allow it
}  // namespace rpc_option
namespace ping_option {
inline constexpr std::uint8_t ping = 0x01;
inline constexpr std::uint8_t pong = 0x02;
}  // namespace ping_option
namespace helo_option {
inline constexpr std::uint8_t resp = 0x01;
inline constexpr std::uint8_t error = 0x02;
}  // namespace helo_option
namespace mq_option {
inline constexpr std::uint8_t subscribe = 0x01;
inline constexpr std::uint8_t unsubscribe = 0x02;
inline constexpr std::uint8_t confirm = 0x04;
inline constexpr std::uint8_t reject = 0x08;
inline constexpr std::uint8_t compressed = 0x10;
}  // namespace mq_option

inline constexpr std::size_t header_size = 6;
inline constexpr std::size_t max_buffer = 65'535;
inline constexpr std::size_t max_packet = header_size + max_buffer;

/// Encoding of the flag byte of RPC packets. Peers built with the upstream Go or C# code speak `legacy`. The profile is
/// configured, never detected.
enum class profile : std::uint8_t { normal, legacy };

/// One packet. `buffer` refers to memory of the packet's creator.
struct packet {
  subtype type = subtype::rpc;
  std::uint8_t options = 0;
  std::uint16_t command = 0;
  std::uint8_t sequence = 0;
  std::string_view buffer = {};

  bool has(std::uint8_t option) const noexcept { return (options & option) != 0; }
};

/// Appends the header of `what`, whose buffer is the next `size` bytes. REQUIRES at most `max_buffer` bytes.
void append_header(std::string& out, const packet& what, std::size_t size, profile how = profile::normal);

/// Appends the bytes of `what`. REQUIRES at most `max_buffer` bytes of buffer.
void append_packet(std::string& out, const packet& what, profile how = profile::normal);

/// The first packet of `bytes`, which may continue after it; nullopt if it is incomplete. Any six bytes are a header,
/// so there is no other error. Allocates nothing.
std::optional<packet> first_packet(std::string_view bytes, profile how = profile::normal);

/// The one packet that `bytes` consist of, as in a datagram or a WebSocket message; otherwise nullopt.
std::optional<packet> whole_packet(std::string_view bytes, profile how = profile::normal);

/// Bytes of `what` on the wire.
inline std::size_t size_of(const packet& what) noexcept { return header_size + what.buffer.size(); }

/// True if a packet, read with the normal profile, looks like a `legacy` peer's: only those set these bits.
inline bool looks_legacy(const packet& what) noexcept {
  return what.type == subtype::ping && (what.options & 0x30) == 0x30;
}

/// Assembles packets from a byte stream in pieces of any size. Buffers at most one incomplete packet.
class packet_reader {
public:
  explicit packet_reader(profile how = profile::normal) noexcept : how_{how} {}

  /// Calls `on_packet(packet)` for each completed packet; buffers are valid during the call. Stops if it returns false,
  /// and discards the rest: the stream must not be read on.
  template <class F>
  void feed(std::string_view bytes, F&& on_packet);

  /// True if the stream may end here.
  bool between_packets() const noexcept { return partial_.empty(); }

  /// Bytes of the incomplete packet.
  std::size_t held() const noexcept { return partial_.size(); }

private:
  /// Moves the missing bytes of the incomplete packet from `bytes` to `partial_`.
  void complete(std::string_view& bytes);

  profile how_;
  std::string partial_;
};

template <class F>
void packet_reader::feed(std::string_view bytes, F&& on_packet) {
  while (!partial_.empty() && !bytes.empty()) {
    complete(bytes);
    const auto found = first_packet(partial_, how_);
    if (!found)
      continue;
    const std::string whole = std::move(partial_);
    partial_.clear();
    if (!on_packet(*whole_packet(whole, how_)))
      return;
  }
  while (const auto found = first_packet(bytes, how_)) {
    bytes.remove_prefix(size_of(*found));
    if (!on_packet(*found))
      return;
  }
  partial_ += bytes;
}

}  // namespace ability::fly
