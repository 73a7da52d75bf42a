/// The link sender: records become packets, of which a window is under way; the rest is queued.
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
#include "actors/cluster/messages.hpp"
#include "actors/node/counters.hpp"
#include "actors/stream/messages.hpp"
#include "protocol/cluster/link_packet.hpp"
#include "protocol/publication/publication.hpp"

namespace ability {

/// Gathers records in order into numbered packets. The queue is bounded in bytes: beyond the bound publications, and
/// only these, are lost. The other node is told of losses once there is room again. Used on one thread.
class link_sender {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using stream_name = std::shared_ptr<const std::string>;

  static constexpr std::size_t max_unacknowledged = 16;
  static constexpr std::size_t max_other_bytes = std::size_t{64} << 20;  ///< beyond the bound: see `is_stuck`
  static constexpr std::chrono::seconds stuck_after{10};

  /// Streams whose interest was announced to the other node for a directory.
  struct told_interest {
    std::uint64_t packet;
    time_point since;
    directory_actor by;
    std::vector<stream_name> streams;
    bool overdue = false;  ///< timed out without an acknowledgement
  };

  struct bounds {
    std::size_t waiting_bytes;
    std::size_t packet_bytes;
    std::size_t directories = 1;  ///< number of those that announce interest
  };

  link_sender(bounds how_much, link_stats& stats, cluster_counters& counters)
      : bounds_{how_much}, stats_{stats}, counters_{counters} {}
  link_sender(const link_sender&) = delete;
  link_sender& operator=(const link_sender&) = delete;

  // -- in

  /// Adds a publication, or counts it as lost.
  void add(const broadcast& what);

  /// Adds any other record; these are never lost while the link is up. False: the record is too large for a packet.
  template <class Record>
  bool add_control(const Record& what) {
    const auto begin = gathering().size();
    append_record(gathering_, what);
    return fit_in(begin);
  }

  /// Adds the interest of a directory; behind that of the last one, a record that all of it was announced.
  void add_interest(const interest_news& news, time_point now);

  /// Adds interest records, which settle when they are acknowledged. A name too large for a packet is not sent, as
  /// publications to it could not be sent either; it settles with the names before it.
  void add_followed(const directory_actor& by, const std::vector<stream_name>& streams, time_point now);

  /// Reports losses of earlier links and of this one, if there is room now.
  void report_losses();

  // -- out

  /// Takes the next packet if the window is open; with `even_small` also a packet that is not full. The caller may
  /// append to it.
  std::optional<std::string> take(bool even_small);

  /// Records that the packet taken last was sent.
  void sent(caf::message packet, time_point now);

  /// Handles an acknowledgement of all packets up to `number`. False: that packet was never sent.
  bool acknowledge(std::uint64_t number, time_point now);

  /// Returns interest that was acknowledged, or announced before `overdue`; each once.
  std::vector<told_interest> take_settled(time_point overdue);

  /// True if all packets were sent and acknowledged.
  bool idle() const noexcept { return sent_.empty() && waiting_.empty() && gathering_.empty(); }

  /// True if the queue exceeds its bound by `max_other_bytes` and nothing was acknowledged for `stuck_after`.
  bool is_stuck(time_point now) const noexcept;

  /// True if something waits for `take(true)`, even if the window is closed.
  bool has_some() const noexcept { return !waiting_.empty() || !gathering_.empty(); }

  // -- the end

  /// Counts a publication that came too late as lost.
  void refuse(const broadcast& what, link_loss why);

  /// Ends sending: counts all unacknowledged publications as lost.
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
  link_stats& stats_;
  cluster_counters& counters_;
  std::string gathering_;  // the unfinished packet behind `waiting_`; may be empty
  std::uint64_t gathered_publications_ = 0;
  std::deque<packet> waiting_;
  std::size_t waiting_bytes_ = 0;  // without `gathering_`
  bool losing_ = false;            // until half of the bound is free again
  std::deque<sent_packet> sent_;   // not acknowledged
  std::uint64_t taken_publications_ = 0;
  std::uint64_t last_begun_ = 0;          // number of the packet begun last
  std::uint64_t last_sent_ = 0;           // number of the packet sent last; consecutive
  std::deque<told_interest> unsettled_;   // in packet order
  std::size_t complete_directories_ = 0;  // directories that have announced all interest
};

}  // namespace ability
