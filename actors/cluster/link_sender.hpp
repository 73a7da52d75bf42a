/// The sending half of a link: records become packets, of which a few are under way, and the rest waits.
#pragma once

#include <caf/message.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/cluster/link_stats.hpp"
#include "actors/interfaces.hpp"
#include "actors/node/counters.hpp"
#include "protocol/cluster/link_packet.hpp"
#include "protocol/publication/publication.hpp"

namespace ability {

/// Gathers records in order into numbered packets. What waits is bounded in bytes: beyond that publications, and only
/// these, are lost, and the other node is told which once there is room again. All on one thread.
class link_window {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using stream_name = std::shared_ptr<const std::string>;

  static constexpr std::size_t max_unacknowledged = 16;
  static constexpr std::size_t max_other_bytes = std::size_t{64} << 20;  ///< beside publications, of who is stuck
  static constexpr std::chrono::seconds stuck_after{10};

  /// Streams that a directory wants the other node to know.
  struct told_interest {
    std::uint64_t packet;
    time_point since;
    directory_actor by;
    std::vector<stream_name> streams;
    bool overdue = false;  ///< not acknowledged
  };

  struct bounds {
    std::size_t waiting_bytes;
    std::size_t packet_bytes;
  };

  link_window(bounds how_much, link_ledger& ledger, cluster_counters& counters)
      : bounds_{how_much}, ledger_{ledger}, counters_{counters} {}
  link_window(const link_window&) = delete;
  link_window& operator=(const link_window&) = delete;

  // -- in

  /// Adds a publication, or counts why not.
  void add(const broadcast& what);

  /// Adds any other record. These are never lost while the link is up. False: it is too large for a packet.
  template <class Record>
  bool add_control(const Record& what) {
    const auto begin = gathering().size();
    append_record(gathering_, what);
    return fit_in(begin);
  }

  /// Adds records of interest, which settle when they are acknowledged. A name that is too large for a packet stays
  /// here, as do publications to it: it settles with those before it.
  void add_followed(const directory_actor& by, const std::vector<stream_name>& streams, time_point now);

  /// Tells what earlier links lost, or this one did, if there is room now.
  void tell_gaps();

  // -- out

  /// The next packet to send, if the window is open; with `even_small` also one that is not full. It may be appended
  /// to.
  std::optional<std::string> take(bool even_small);

  /// The packet that was taken last is on its way.
  void sent(caf::message packet, time_point now);

  /// All packets up to and with this one were handed on. False: it was never sent.
  bool acknowledge(std::uint64_t number, time_point now);

  /// Interest that has been acknowledged, or waits since before `overdue`; each once.
  std::vector<told_interest> take_settled(time_point overdue);

  /// Whether all was sent and acknowledged.
  bool idle() const noexcept { return sent_.empty() && waiting_.empty() && gathering_.empty(); }

  /// Whether the other node has taken nothing for long, while more and more waits that must not be lost.
  bool is_stuck(time_point now) const noexcept;

  /// Whether something waits for `take(true)`, though perhaps not for an open window.
  bool has_some() const noexcept { return !waiting_.empty() || !gathering_.empty(); }

  // -- the end

  /// The publication comes too late.
  void refuse(const broadcast& what, link_loss why);

  /// Nothing is sent any more: all that was not acknowledged is lost.
  void lose_all(link_loss why);

private:
  struct packet {
    std::string bytes;
    std::uint64_t publications = 0;
  };
  struct sent_packet {
    caf::message content;
    std::uint64_t publications;
    time_point since;
  };

  std::string& gathering();
  bool fit_in(std::size_t record_begin);
  void close_if_full();
  void close();
  void show_waiting();
  void lose(const broadcast& what, link_loss why);
  void count_loss(std::uint64_t publications, link_loss why);
  void note_losses(const std::string& packet);

  bounds bounds_;
  link_ledger& ledger_;
  cluster_counters& counters_;
  std::string gathering_;  // empty, or the packet behind the last one that waits
  std::uint64_t gathered_publications_ = 0;
  std::deque<packet> waiting_;
  std::size_t waiting_bytes_ = 0;  // in `waiting_`
  bool losing_ = false;            // until half of the bound is free again
  std::deque<sent_packet> sent_;   // not acknowledged
  std::uint64_t taken_publications_ = 0;
  std::uint64_t last_begun_ = 0;         // the number of the packet that was begun last
  std::uint64_t last_sent_ = 0;          // consecutive, as packets are sent in their order
  std::deque<told_interest> unsettled_;  // in the order of their packets
};

}  // namespace ability
