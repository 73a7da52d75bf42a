/// Filter between the network and CAF's BASP broker, which trusts any header.
/// Source: docs/protocols/cluster.md "BASP and the subset that passes"; caf::io::basp::instance of CAF 0.17.6.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/result.hpp"

namespace ability {

namespace basp {
struct message_head;
}

inline constexpr std::size_t basp_header_size = 32;

/// Maximum bytes of a handshake's payload.
inline constexpr std::size_t max_basp_handshake = 4'096;

/// Maximum number of a peer's actors that send messages, without those reported down. CAF keeps a proxy of each.
inline constexpr std::size_t max_basp_sources = 1'024;

/// A CAF node id as BASP writes it: kind (8 bytes), process (4), host (20).
using basp_node_id = std::array<char, 32>;

/// Inspects both directions of one connection. Towards CAF it passes only one handshake, heartbeats, monitor and down
/// messages between the peer and this node, and messages of text to admitted actors. Other well-formed messages are
/// dropped and counted; a malformed message ends the connection.
///
/// An error passes with its code and category only, for its context may be of any type. An answer passes only if it was
/// requested over this connection; an answer of other content than text or an error passes as an empty one.
///
/// CAF sees a substitute node id for the peer's, in both directions: so no peer can impersonate another, and CAF, which
/// never frees a node id, sees few.
///
/// Buffers a header and at most `max_basp_handshake` bytes of payload; the rest streams through. Remembers our last 256
/// requests, and up to `max_basp_sources` actors of the peer.
class basp_filter {
public:
  /// The role of this node: its connection was accepted or dialled.
  enum class side : std::uint8_t { accepted, dialled };

  /// `stand_in`, the substitute node id, differs from that of any other connection and from our own id. `max_payload`
  /// is the maximum bytes of a message's payload.
  basp_filter(side which, const basp_node_id& stand_in, std::size_t max_payload);

  /// Lets the peer send messages to the local actor with this id.
  void admit(std::uint64_t actor);

  /// Filters bytes from the network, in pieces of any size, and appends those for CAF to `out`. Errors end the
  /// connection; do not call it after one: `wrong_value` (an invalid header, or an operation forbidden to peers),
  /// `too_large` (a length over the bound, detected before any payload is kept), `wrong_type` (another node id than in
  /// the handshake).
  result<void> take_inbound(std::string_view bytes, std::string& out);

  /// Filters CAF's bytes and appends those for the peer to `out`: without look-ups of a spawn server, which no node of
  /// ours has, and without routed messages. Errors are defects of CAF or of this code. Do not call it after one.
  result<void> take_outbound(std::string_view bytes, std::string& out);

  /// True if the peer's handshake has passed.
  bool introduced() const noexcept { return saw_inbound_handshake_; }

  /// True if both handshakes have passed.
  bool established() const noexcept { return saw_inbound_handshake_ && saw_outbound_handshake_; }

  /// Missing bytes of a message that has partly passed towards CAF; 0 between messages.
  std::size_t inbound_left() const noexcept { return inbound_.passes ? inbound_.left : 0; }

  /// Messages to admitted actors that have passed towards CAF.
  std::uint64_t messages_in() const noexcept { return messages_in_; }

  /// Messages that were dropped: of another type, or to other actors.
  std::uint64_t dropped() const noexcept { return dropped_; }

private:
  /// Parser state of one direction.
  struct way {
    std::string front;     ///< the beginning of a message, until it suffices to decide
    std::size_t left = 0;  ///< bytes left of the payload of a decided message
    bool passes = false;   ///< forward the bytes left; false: discard them
  };

  /// A request of ours without an answer from the peer.
  struct question {
    std::uint64_t actor;
    std::uint64_t answer;  ///< the answer's id

    bool operator==(const question&) const = default;
  };

  template <class Wanted, class Decide>
  static result<void> take(way& where, std::string_view bytes, std::string& out, Wanted wanted, Decide decide);

  // Payload bytes needed to decide on a message. These functions check the header.
  result<std::size_t> wanted_inbound(const basp::message_head& head) const;
  result<std::size_t> wanted_outbound(const basp::message_head& head) const;

  // Append the permitted part of a message's header and inspected payload; true if the rest of the payload passes.
  result<bool> decide_inbound(const basp::message_head& head, std::string_view front, std::string& out);
  result<bool> decide_outbound(const basp::message_head& head, std::string_view front, std::string& out);

  result<bool> pass_handshake(const basp::message_head& head, std::string_view front, std::string& out);
  result<bool> pass_monitor_or_down(const basp::message_head& head, std::string_view front, std::string& out);
  bool pass_message(const basp::message_head& head, std::string_view front, std::string& out);
  bool drop();

  bool admitted(std::uint64_t actor) const noexcept;
  bool was_asked(const question& what);
  bool knows_source(std::uint64_t actor);

  side side_;
  basp_node_id stand_in_;
  basp_node_id own_{};
  basp_node_id peer_{};
  std::size_t max_payload_;
  std::vector<std::uint64_t> admitted_;
  std::vector<std::uint64_t> sources_;  // actors of the peer for which CAF keeps a proxy
  std::vector<question> questions_;     // oldest first
  bool saw_inbound_handshake_ = false;
  bool saw_outbound_handshake_ = false;
  std::uint64_t messages_in_ = 0;
  std::uint64_t dropped_ = 0;
  way inbound_;
  way outbound_;
};

}  // namespace ability
