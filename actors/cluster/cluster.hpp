/// The cluster actor: knows the other nodes, dials them, and decides which of two links to a node stays.
#pragma once

#include <caf/send.hpp>
#include <caf/system_messages.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/cluster/admission.hpp"
#include "actors/cluster/dial_policy.hpp"
#include "actors/cluster/membership.hpp"
#include "actors/cluster/messages.hpp"
#include "actors/ingress/messages.hpp"
#include "actors/node/node.hpp"
#include "protocol/monitor/event_kind.hpp"

namespace ability {

/// Keeps one link to each other node: dials configured and announced addresses, admits nodes that dial us, and
/// announces links to the directories. The decisions are those of `membership`, `admission` and `dial_policy`; this
/// actor carries them out.
class cluster_state {
public:
  static constexpr const char* name = "ability.cluster";
  static constexpr std::chrono::seconds tick_every{10};  ///< members are announced, old entries are removed

  explicit cluster_state(cluster_actor::pointer self) : self_{self} {}
  cluster_state(const cluster_state&) = delete;
  cluster_state& operator=(const cluster_state&) = delete;

  /// Ends all links.
  ~cluster_state();

  void start(lane_home& home);
  cluster_actor::behavior_type make_behavior();

private:
  // -- nodes
  void join(const join_cluster& order);
  void dial(const dial_due& order) { dials_->dial(order.address, now()); }
  void look_up(const look_up_due& order) { dials_->look_up(order.name); }
  void on_name_resolved(const name_resolved& news) { dials_->resolved(news, now()); }
  void on_dial_failed(const dial_failed& news);
  void on_dial_reply(const dial_reply& news);
  void on_join_request(const join_request& news);
  void on_members(const members_heard& news);
  void admit_waiting();
  void refuse(const member& who, pending_join& door, refusal_of_node why);
  link_actor make_link(const member& who, std::string address = {}, std::uint64_t attempt = 0);

  // -- links
  void on_link_up(const link_up& news);
  void on_link_down(const link_down& news);
  void on_link_report(const link_report& news);
  void on_link_failed(const caf::down_msg& lost);
  void report_losses_of(const std::string& uuid, std::uint64_t ended = 0);
  void take_out(const link_entry& which, const std::string& why, bool in_order);
  void end(link_entry& which, std::string why);
  void forward(const forward_disconnect& order);
  void leave(const leave_cluster& order);
  void tick(const cluster_tick&);

  // A handler of `Message` behind which the orders and results of the parts are carried out.
  template <class Message>
  auto on(void (cluster_state::*handle)(const Message&)) {
    return [this, handle](const Message& message) {
      (this->*handle)(message);
      carry_out();
    };
  }
  void carry_out();

  link_entry* find(const link_actor& link);
  template <class Message>
  void tell_links(const Message& what) const {
    for (const auto& each : members_->links())
      if (each.up)
        caf::anon_send(each.link, what);
  }
  template <class Message>
  void tell_directories(const Message& what) const {
    for (const auto& each : home_->here.lanes)
      caf::anon_send(each->directory, what);
  }
  std::chrono::steady_clock::time_point now() const { return self_->clock().now(); }

  cluster_actor::pointer self_;
  lane_home* home_ = nullptr;
  std::shared_ptr<cluster_network> network_;
  // Set by `start`; each refers to those before it.
  std::optional<membership> members_;
  std::optional<admission> joins_;
  std::optional<dial_policy> dials_;
  std::vector<caf::typed_response_promise<joined_cluster>> awaited_;
  bool stopping_ = false;
};

/// Spawns the cluster actor on the cluster's lane; it waits for `join_cluster`. It ends when it has left the cluster.
cluster_actor spawn_cluster(lane_home& home);

}  // namespace ability
