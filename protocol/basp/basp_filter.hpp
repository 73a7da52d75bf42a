/// Filter between the network and CAF's BASP broker, which believes any header.
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

/// How large a handshake may be, without its header.
inline constexpr std::size_t max_basp_handshake = 4'096;

/// How many actors of a peer may send messages, not counting those that it said are gone. CAF keeps something of each.
inline constexpr std::size_t max_basp_sources = 1'024;

/// A CAF node id as BASP writes it: kind (8 bytes), process (4), host (20).
using basp_node_id = std::array<char, 32>;

/// Reads both directions of one connection as they pass. Towards CAF it lets through only what such a peer has to say:
/// one handshake, heartbeats, who monitors or lost an actor of this connection, and messages made of text for actors
/// that were admitted. All else that is well-formed is dropped and counted; what is not well-formed ends the
/// connection.
///
/// Of an error only its code and category pass, for its context may be of any type. An answer passes only if it was
/// asked for over this connection, and if it holds anything but text or an error, it passes as an empty one.
///
/// CAF gets to see a stand-in for the peer's node id, both ways: so no peer can pass for another, and CAF, which never
/// forgets a node id, sees few.
///
/// Holds a header and at most `max_basp_handshake` bytes of payload: all else streams through. Remembers the last 256
/// questions of ours, and up to `max_basp_sources` actors of the peer.
class basp_filter {
public:
  /// Who has dialled.
  enum class side : std::uint8_t { accepted, dialled };

  /// `stand_in` is unlike that of any other connection, and unlike our own id. A payload of a message may have
  /// `max_payload` bytes.
  basp_filter(side which, const basp_node_id& stand_in, std::size_t max_payload);

  /// The peer may send messages to the local actor with this id.
  void admit(std::uint64_t actor);

  /// Takes bytes from the network, in pieces of any size, and appends what CAF may see to `out`.
  /// Errors end the connection: `wrong_value` (a header that is none, or of something that no peer may send),
  /// `too_large` (a length over the bound, seen before any payload is kept), `wrong_type` (another id than that of the
  /// handshake). Not to be called after one.
  result<void> take_inbound(std::string_view bytes, std::string& out);

  /// Takes bytes of CAF's and appends what the peer gets to see to `out`: no look-up of its spawn server, which no
  /// node of ours has, and nothing that is to be routed. Errors are defects of CAF's or ours. Not to be called after
  /// one.
  result<void> take_outbound(std::string_view bytes, std::string& out);

  /// Whether the peer's handshake has passed.
  bool introduced() const noexcept { return saw_inbound_handshake_; }

  /// Whether both handshakes have passed.
  bool established() const noexcept { return saw_inbound_handshake_ && saw_outbound_handshake_; }

  /// Bytes that are missing of a message whose front has passed towards CAF; none between messages.
  std::size_t inbound_left() const noexcept { return inbound_.passes ? inbound_.left : 0; }

  /// Messages to admitted actors that have passed towards CAF.
  std::uint64_t messages_in() const noexcept { return messages_in_; }

  /// Messages that were dropped: of another type, or to others.
  std::uint64_t dropped() const noexcept { return dropped_; }

private:
  /// How far one direction is.
  struct way {
    std::string front;     ///< of a message, until there is enough of it to decide
    std::size_t left = 0;  ///< of the payload of one that is decided
    bool passes = false;   ///< what is left; else it is swallowed
  };

  /// A request of ours that the peer has not answered.
  struct question {
    std::uint64_t actor;
    std::uint64_t answer;  ///< its id

    bool operator==(const question&) const = default;
  };

  template <class Wanted, class Decide>
  static result<void> take(way& where, std::string_view bytes, std::string& out, Wanted wanted, Decide decide);

  // How much of its payload is wanted to decide on a message. They check the header.
  result<std::size_t> wanted_inbound(const basp::message_head& head) const;
  result<std::size_t> wanted_inbound_handshake(const basp::message_head& head) const;
  result<std::size_t> wanted_outbound(const basp::message_head& head) const;

  // Appends what may pass of a message's header and the wanted part of its payload, and says whether the rest does.
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
  std::vector<std::uint64_t> sources_;  // actors of the peer that CAF keeps a proxy of
  std::vector<question> questions_;     // in their order
  bool saw_inbound_handshake_ = false;
  bool saw_outbound_handshake_ = false;
  std::uint64_t messages_in_ = 0;
  std::uint64_t dropped_ = 0;
  way inbound_;
  way outbound_;
};

}  // namespace ability
