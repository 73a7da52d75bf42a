/// The link actor: all traffic between this node and one other.
#pragma once

#include <caf/actor_control_block.hpp>
#include <caf/message.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "actors/cluster/link_lifecycle.hpp"
#include "actors/cluster/link_receiver.hpp"
#include "actors/cluster/link_sender.hpp"
#include "actors/cluster/link_stats.hpp"
#include "actors/cluster/messages.hpp"
#include "actors/node/node.hpp"
#include "actors/stream/messages.hpp"

namespace ability {

/// Parameters of a link.
struct link_setup {
  cluster_actor cluster;
  member who;
  bool dialled_by_us;
};

/// One connection to another node. Messages that wait in the mailbox together are sent together. Packets of the other
/// node are acknowledged once handed on, and held while too many broadcasts are pending here. The link is up once it
/// has received a packet of the other link. It reports its start and its end to the cluster. Wires `link_lifecycle`,
/// `link_sender` and `link_receiver` to messages and to the connection.
class link_state {
public:
  static constexpr const char* name = "ability.link";
  static constexpr std::chrono::milliseconds settle_after{900};  ///< timeout of an acknowledgement, plus a tick

  explicit link_state(link_actor::pointer self) : self_{self} {}
  link_state(const link_state&) = delete;
  link_state& operator=(const link_state&) = delete;

  /// Closes the connection and counts losses, however the actor ended.
  ~link_state();

  void start(lane_home& home, link_setup setup);
  link_actor::behavior_type make_behavior();

private:
  using time_point = std::chrono::steady_clock::time_point;

  // -- life cycle
  void carry_out(link_action what);
  void connect(const link_connected& news);
  void establish();
  void leave(const leave_cluster& order);
  void close(std::string_view why) { carry_out(life_->close(why, now())); }
  void finish();
  void report_end();
  void report_stats();
  void quit_if_over();
  void tick();
  time_point now() const { return self_->clock().now(); }

  // -- sending
  void forward(const forward_broadcasts& what);
  void take_losses(const report_losses& order);
  void announce(const interest_news& news);
  template <class Record>
  bool send_record(const Record& what);
  void request_flush();
  void flush();
  void send_packets(bool even_small);
  template <class Record>
  void send_at_once(const Record& what);
  void send_acknowledgement();
  void post(caf::message packet, std::size_t size);

  // -- receiving
  void receive(const std::string& packet);
  bool is_from_other_link();
  void hold(const std::string& packet);
  void handle_held();
  void handle(const std::string& packet);
  void handle_acknowledgement(std::uint64_t number);
  void refuse(const std::string& fault);
  void settle(time_point overdue);

  link_actor::pointer self_;
  lane_home* home_ = nullptr;
  link_setup setup_;
  link_stats stats_;
  link_stats::numbers reported_;  // `stats_.present` in the last report
  // Set by `start`.
  std::optional<link_lifecycle> life_;
  std::optional<link_sender> sender_;
  std::optional<link_receiver> receiver_;
  peer_connection_ptr way_;
  caf::strong_actor_ptr remote_;
  bool flush_requested_ = false;
  bool end_reported_ = false;
};

/// Spawns a link on the cluster's lane. It waits for `link_connected`.
link_actor spawn_link(lane_home& home, link_setup setup);

}  // namespace ability
