/// The link receiver: packets of the other node become messages to actors of this one.
#pragma once

#include <caf/typed_event_based_actor.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "actors/cluster/link_stats.hpp"
#include "actors/node/node.hpp"
#include "protocol/cluster/link_packet.hpp"

namespace ability {

/// Hands on the records of packets in order, and holds packets while too many broadcasts are pending here. Knows which
/// packets the other node must be told of. Used by the actor of its link.
class link_receiver {
public:
  static constexpr std::uint64_t acknowledge_after = 4;  ///< packets, even if more wait to be handled
  static constexpr std::size_t max_held = 64;            ///< packets; a node that respects the window stays below

  /// Consequences of a packet for the rest of the link.
  struct outcome {
    std::optional<std::string> fault = {};         ///< it is malformed, for this reason: the link must close
    std::uint64_t acknowledged = 0;                ///< number of the last of our packets that it acknowledges; 0: none
    std::optional<std::string> leave_reason = {};  ///< the other node leaves
  };

  /// All references outlive this. `other` is the other node's name.
  link_receiver(node& here, link_actor::pointer link, cluster_actor cluster, std::string other, link_stats& stats);
  link_receiver(const link_receiver&) = delete;
  link_receiver& operator=(const link_receiver&) = delete;

  /// Hands on the records of a packet, up to a malformed one.
  outcome handle(const std::string& packet);

  // -- packets that wait

  /// True if the packet has to be held: others wait, or the ingress gate is full.
  bool must_wait(const std::string& packet) const;

  /// Keeps a packet. False: there are `max_held` already.
  bool hold(const std::string& packet);

  bool holds_any() const noexcept { return !held_.empty(); }

  /// Returns the next held packet if the gate has room.
  std::optional<std::string> take_held();

  /// Sends the link one `ingress_reopened` when the gate has room again.
  void await_room();

  /// Returns the number of the last of our packets that `packet` acknowledges; 0: none.
  static std::uint64_t acknowledged_in(const std::string& packet);

  // -- acknowledgements

  bool must_acknowledge() const noexcept { return unacknowledged_ >= acknowledge_after; }
  bool may_acknowledge() const noexcept { return unacknowledged_ > 0; }

  /// Returns the number of the last packet handed on, which then counts as acknowledged; 0: it was acknowledged before.
  std::uint64_t take_acknowledgement() noexcept;

  /// Forgets everything that is not handed on.
  void clear();

private:
  // Records for one lane, gathered from one packet.
  struct incoming {
    std::vector<broadcast_ptr> broadcasts;
    std::vector<std::string> streams;
    bool followed = false;
  };

  void handle(const publication_record& what, outcome& result);
  void handle(const interest_record& what, outcome& result);
  void handle(const gap_record& what, outcome& result);
  void handle(const disconnect_record& what, outcome& result);
  void handle(const ack_record& what, outcome& result);
  void handle(const members_record& what, outcome& result);
  void handle(const interest_complete_record& what, outcome& result);
  void handle(const leave_record& what, outcome& result);
  void handle(const beat_record&, outcome&) {}
  void send_broadcasts(std::size_t lane);
  void send_interest(std::size_t lane, bool complete);
  void send_all();
  void log_gaps();

  node& here_;
  link_actor::pointer link_;
  cluster_actor cluster_;
  std::string other_;
  link_stats& stats_;
  std::uint64_t received_ = 0;        // number of the last packet handed on
  std::uint64_t unacknowledged_ = 0;  // packets handed on since the last acknowledgement
  std::deque<std::string> held_;
  std::vector<incoming> incoming_;  // by lane; empty between packets
  std::uint64_t lost_there_ = 0;    // publications, in gap records of the current packet
  std::uint64_t gaps_there_ = 0;    // streams, in the same records
};

}  // namespace ability
