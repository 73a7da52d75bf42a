/// The cluster actor: knows the other nodes, dials them, and decides which of two links to a node stays.
#pragma once

#include <caf/send.hpp>
#include <caf/system_messages.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/cluster/dial_targets.hpp"
#include "actors/cluster/join_name.hpp"
#include "actors/cluster/link_stats.hpp"
#include "actors/messages.hpp"
#include "actors/node/log.hpp"
#include "actors/node/node.hpp"

namespace ability {

/// Reason for ending a link when another link between the same two nodes replaces it.
inline constexpr std::string_view newer_link = "there is a newer link";

/// True if an attempt that ended for `why` (a code, a code with a sentence, or `newer_link`) is part of normal joining
/// and leaving, so that no operator has to act.
constexpr bool is_routine(std::string_view why) noexcept {
  const auto code = why.substr(0, why.find(':'));
  return code == "duplicate" || code == "self" || code == "stopping" || why == newer_link;
}

/// Keeps one link to each other node: dials configured and announced addresses, admits nodes that dial us, and
/// announces links to the directories. A node is a process: after a restart it is another node.
///
/// If two nodes dial each other at once, the link of the smaller uuid stays. Only the node that dialled dials again.
class cluster_state {
public:
  static constexpr const char* name = "ability.cluster";
  static constexpr std::chrono::seconds young{3};           ///< maximum age of a link dialled simultaneously
  static constexpr std::chrono::seconds polite_wait{1};     ///< delay before the larger uuid dials, too
  static constexpr std::chrono::seconds tick_every{10};     ///< members are announced, old entries are removed
  static constexpr std::chrono::seconds keep_heard{60};     ///< lifetime of an address that no node announces
  static constexpr std::chrono::seconds keep_left{60};      ///< lifetime of the entry; others may still announce it
  static constexpr std::chrono::seconds trust_dialler{30};  ///< time for the other node to dial again itself
  static constexpr std::chrono::seconds dial_further{30};   ///< interval where another node may answer next time
  static constexpr std::chrono::minutes log_again{1};       ///< interval for a refusal that no attempt can resolve
  static constexpr std::chrono::hours keep_lost{24};
  static constexpr std::size_t max_lost = 1'000;
  static constexpr std::size_t max_lost_with_names = 64;  ///< lost nodes whose unreported losses are kept by stream
  static constexpr std::size_t max_targets = 4 * max_members;

  explicit cluster_state(cluster_actor::pointer self) : self_{self} {}
  cluster_state(const cluster_state&) = delete;
  cluster_state& operator=(const cluster_state&) = delete;

  /// Ends all links.
  ~cluster_state();

  void start(lane_home& home);
  cluster_actor::behavior_type make_behavior();

private:
  using time_point = std::chrono::steady_clock::time_point;

  struct link_entry {
    member who;
    link_actor link;
    std::shared_ptr<link_ledger> ledger;
    std::string address = {};   // address that we dialled; empty: the other node dialled
    std::uint64_t attempt = 0;  // number of our attempt; 0: the other node dialled
    bool up = false;
    bool announced = false;  // the directories know of it
    bool ending = false;     // it was told to end
    time_point since = {};   // time when it came up
    bool dialled_by_us() const noexcept { return attempt != 0; }
  };
  struct node_entry {
    member who;
    node_state state;
    time_point since;
    bool dialled_by_us;
    std::shared_ptr<link_ledger> ledger;
  };
  struct visitor {
    member who;
    std::shared_ptr<node_door> door;
  };
  // The decision on a node, and the links that end for it.
  struct verdict {
    std::optional<refusal_of_node> refusal = {};
    std::vector<link_entry*> outdated = {};
    bool at_once = true;  // false: admit once earlier links have ended
  };

  // -- dialling
  void join(const join_cluster& order);
  void dial(const std::string& address);
  void dial_after(dial_book::target& which, std::chrono::milliseconds delay);
  void dial_again(dial_book::target& which);
  void dial_past_itself(dial_book::target& which);
  void dial_behind_balancers();
  void fail(const dial_failed& news);
  void note_failure(dial_book::target& which, const std::string& why);
  void log_failure(dial_book::target& which);
  void clear_failure(dial_book::target& which);
  void judge_itself();
  void hear(const members_heard& news);
  bool has_joined();
  void tell_if_joined();

  // -- names
  void look_up(const std::string& name);
  void take_addresses(const name_resolved& news);
  void use(join_name& which, std::vector<std::string> addresses);
  bool is_configured(const std::string& address) const;
  void log_failure_of_name(join_name& which);
  static void tell_of_name(join_name& which, log_level level, std::string_view message,
                           std::initializer_list<log_field> fields);

  // -- admission
  void answer(const node_answers& news);
  void knock(const member& who, std::shared_ptr<node_door> door);
  void refuse(const member& who, node_door& door, refusal_of_node why);
  verdict judge(const member& who);
  std::optional<refusal_of_node> judge_any(const member& who) const;
  bool is_full_for(const member& who) const;
  void let_visitors_in();
  link_actor make_link(const member& who, const dial_book::target* dialled);

  // -- links
  void link_is_up(const link_up& news);
  bool resolve_names(const link_entry& latest);
  void link_is_down(const link_down& news);
  void lose_link(const caf::down_msg& lost);
  void take_out(const link_entry& gone, const std::string& why, bool in_order);
  void dial_instead_of(const link_entry& gone, const std::string& why, bool in_order);
  void end(link_entry& which, std::string why);
  void leave(const leave_cluster& order);
  void forward(const forward_disconnect& order);
  void tick();
  void forget_lost();
  node_list list() const;

  std::vector<link_entry>::iterator find(const link_actor& link);
  bool is_linked(const std::string& uuid) const;
  bool is_up(const dial_book::target& target) const;
  bool is_alone() const;
  std::vector<member> members() const;
  template <class Message>
  void tell_links(const Message& what) const {
    for (const auto& each : links_)
      if (each.up)
        caf::anon_send(each.link, what);
  }
  template <class Message>
  void tell_directories(const Message& what) const {
    for (const auto& each : home_->here.lanes)
      caf::anon_send(each->directory, what);
  }
  void tell_monitor(event_kind what, const member& who, const std::string& detail);
  time_point now() const { return self_->clock().now(); }
  const member& self() const { return home_->here.settings.cluster.self; }

  cluster_actor::pointer self_;
  lane_home* home_ = nullptr;
  std::shared_ptr<cluster_network> network_;
  std::vector<join_name> names_;  // configured addresses with a host name
  dial_book targets_;
  std::uint64_t attempts_ = 0;
  std::vector<link_entry> links_;            // one for each node, and ending ones
  std::map<std::string, node_entry> nodes_;  // linked or lost, by uuid
  std::map<std::string, visitor> visitors_;  // pending joins, by uuid
  std::map<std::string, time_point> left_;   // nodes that left or were replaced, by uuid
  time_point since_{};
  std::size_t heard_ = 0;  // `members_heard` messages from links
  std::vector<caf::typed_response_promise<joined_cluster>> awaited_;
  bool was_linked_ = false;
  bool stopping_ = false;
};

/// Spawns the cluster actor on the cluster's lane; it waits for `join_cluster`. It ends when it has left the cluster.
cluster_actor spawn_cluster(lane_home& home);

}  // namespace ability
