/// The link actor: all traffic between this node and one other.
#pragma once

#include <caf/actor_control_block.hpp>
#include <caf/message.hpp>
#include <caf/system_messages.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/cluster/link_sender.hpp"
#include "actors/cluster/link_stats.hpp"
#include "actors/messages.hpp"
#include "actors/node/node.hpp"
#include "protocol/result.hpp"

namespace ability {

/// Parameters of a link.
struct link_setup {
  cluster_actor cluster;
  member who;
  bool dialled_by_us;
  std::shared_ptr<link_ledger> ledger;  ///< statistics of the way to `who`
};

/// One connection to another node. Messages that wait in the mailbox together are sent together. Packets of the other
/// node are acknowledged once handed on, and held while too many broadcasts are pending here. The link is up once it
/// has received a packet of the other link. It reports its start and its end to the cluster.
class link_state {
public:
  static constexpr const char* name = "ability.link";
  static constexpr std::chrono::milliseconds tick_every{100};
  static constexpr std::chrono::milliseconds beat_after{500};     ///< idle time before a heartbeat
  static constexpr std::chrono::milliseconds silence{3'000};      ///< limit; then the other node counts as dead
  static constexpr std::chrono::milliseconds settle_after{900};   ///< timeout of an acknowledgement, plus a tick
  static constexpr std::chrono::milliseconds part_within{1'000};  ///< timeout of the last packets, and of the close
  static constexpr std::chrono::milliseconds wait_for_directories{5'000};
  static constexpr std::uint64_t acknowledge_after = 4;  ///< packets, even if more wait to be handled
  static constexpr std::size_t max_held = 64;            ///< packets; a node that respects the window stays below

  explicit link_state(link_actor::pointer self) : self_{self} {}
  link_state(const link_state&) = delete;
  link_state& operator=(const link_state&) = delete;

  /// Closes the connection and counts losses, however the actor ended.
  ~link_state();

  void start(lane_home& home, link_setup setup);
  link_actor::behavior_type make_behavior();

private:
  enum class phase {
    connecting,
    meeting,  // connected, nothing received yet
    up,
    leaving,  // until the other node has acknowledged everything
    parting,  // until the connection has closed
    ended,    // until every directory has sent its last message
  };
  using time_point = std::chrono::steady_clock::time_point;

  // Records for one lane, gathered from one packet.
  struct incoming {
    std::vector<broadcast_ptr> broadcasts;
    std::vector<std::string> streams;
    bool followed = false;
  };

  // -- life cycle
  void connect(const link_connected& news);
  void meet();
  void leave(const leave_cluster& order);
  void close(std::string_view why);
  void finish(std::string_view why);
  void report_end();
  void quit_if_done();
  void tick();
  bool is_open() const noexcept { return phase_ == phase::up || phase_ == phase::leaving; }
  time_point now() const { return self_->clock().now(); }

  // -- sending
  void forward(const forward_broadcasts& what);
  void tell(const interest_news& news);
  template <class Record>
  bool send_record(const Record& what);
  void request_flush();
  void flush();
  void send_packets(bool even_small);
  void send_acknowledgement();
  void send_beat();
  void post(caf::message packet, std::size_t size);

  // -- receiving
  void receive(const std::string& packet);
  bool is_from_other_link();
  void hold(const std::string& packet);
  void go_on();
  void handle(const std::string& packet);
  void part();
  void refuse(std::string_view what, const std::string& detail);
  void take(const publication_record& what);
  void take(const interest_record& what);
  void take(const gap_record& what);
  void take(const disconnect_record& what);
  void take(const ack_record& what);
  void take(const members_record& what);
  void take(interest_complete_record what);
  void take(const leave_record& what);
  void take(beat_record) {}
  void hand_on(std::size_t lane);
  void hand_on_interest(std::size_t lane, bool complete);
  void hand_on_all();
  void settle(time_point overdue);
  void tell_of_gaps();

  link_actor::pointer self_;
  lane_home* home_ = nullptr;
  link_setup setup_;
  std::optional<link_window> window_;  // set by `start`
  phase phase_ = phase::connecting;
  passage_ptr way_;
  caf::strong_actor_ptr remote_;
  time_point heard_{};
  time_point sent_{};
  time_point ticked_{};
  time_point deadline_{};  // end of leaving, parting or ended
  bool flush_requested_ = false;
  bool was_up_ = false;
  bool closed_ = false;  // we have closed `way_`
  bool end_reported_ = false;
  bool other_left_ = false;
  std::string end_reason_;
  std::size_t directories_told_all_ = 0;  // directories that have announced all interest
  std::size_t directories_done_ = 0;      // directories that have sent their last message
  std::uint64_t received_ = 0;            // number of the last packet handed on
  std::uint64_t unacknowledged_ = 0;      // packets handed on since the last acknowledgement
  std::deque<std::string> held_;          // packets held while the ingress gate is full
  std::vector<incoming> incoming_;        // by lane; empty between packets
  std::uint64_t lost_there_ = 0;          // publications, in gap records of the current packet
  std::uint64_t gaps_there_ = 0;          // streams, in the same records
};

/// Spawns a link on the cluster's lane. It waits for `link_connected`.
link_actor spawn_link(lane_home& home, link_setup setup);

}  // namespace ability
