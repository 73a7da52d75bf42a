/// Dial policy: which address is dialled at what time, and what failures mean.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "actors/cluster/admission.hpp"
#include "actors/cluster/dial_targets.hpp"
#include "actors/cluster/join_name.hpp"
#include "actors/cluster/membership.hpp"

namespace ability {

/// One thing that a dial policy asks for.
struct dial_order {
  enum class kind : std::uint8_t {
    dial,           ///< `where` at once, as `attempt`
    dial_later,     ///< report `where` as due after `delay`
    resolve,        ///< the name `where` at once
    resolve_later,  ///< report the name `where` as due after `delay`
  };

  kind what;
  std::string where;
  std::uint64_t attempt = 0;
  std::chrono::milliseconds delay{0};
};

/// Configured addresses are dialled without end, announced ones until no node announces them any more. Only the node
/// that dialled dials again. It dials nothing itself: each function that needs the time has it as an argument, and
/// orders wait for `take_orders`.
class dial_policy {
public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::seconds polite_wait{1};    ///< delay before the larger uuid dials, too
  static constexpr std::chrono::seconds keep_heard{60};    ///< lifetime of an address that no node announces
  static constexpr std::chrono::seconds dial_further{30};  ///< interval where another node may answer next time
  static constexpr std::chrono::minutes log_again{1};      ///< interval for a refusal that no attempt can resolve
  static constexpr std::size_t max_targets = 4 * max_members;

  /// `configured` are `host:port` of other nodes; `random` varies pauses. All arguments but `configured` outlive this.
  dial_policy(const membership& members, const admission& joins, std::vector<std::string> configured,
              random_source& random)
      : members_{members}, joins_{joins}, configured_{std::move(configured)}, random_{random} {}

  /// Returns the orders since the last call.
  std::vector<dial_order> take_orders();

  // -- times

  /// Dials the configured addresses.
  void begin(time_point now);

  /// Dials an address, unless there is a reason not to.
  void dial(const std::string& address, time_point now);

  void look_up(const std::string& name);

  /// Repeats what is due about every 10 s.
  void tick(time_point now);

  /// Asks for nothing any more.
  void stop() noexcept { stopping_ = true; }

  // -- results

  void resolved(const name_resolved& result, time_point now);

  /// An attempt has ended without a link. False: it is not under way.
  bool failed(std::uint64_t attempt, const refusal_of_node& why, time_point now);

  /// A node has answered an attempt. Returns its target; null: the attempt is not under way.
  dial_targets::target* answered(std::uint64_t attempt, const member& who);

  /// The node that answered is this one, or was refused by this one.
  void led_back(dial_targets::target& which);
  void refused(dial_targets::target& which, const refusal_of_node& why, time_point now);

  void linked(const link_entry& latest);
  void link_ended(const link_entry& gone, const std::string& why, bool in_order, time_point now);

  /// Members that another node knows. Returns those whose addresses are new here.
  std::vector<member> learn(const std::vector<member>& announced, time_point now);

  // -- facts

  /// True once each known node was linked or found unreachable. Each link announces the members that its node knows,
  /// so all are known once each link has done so.
  bool has_joined();

  /// The cause for which this node must consider itself the wrong one.
  refusal_cause refused_for() const noexcept { return refused_for_; }

private:
  using target = dial_targets::target;

  void dial_after(target& which, std::chrono::milliseconds delay);
  void dial_again(target& which);
  void dial_behind_balancers(time_point now);
  void use(join_name& which, const std::vector<std::string>& addresses, time_point now);
  bool is_configured(const std::string& address) const;
  bool is_up(const target& which) const { return members_.is_up(which.uuid, which.address); }
  join_name* find_name(std::string_view name);

  void note_failure(target& which, const std::string& why, time_point now);
  void log_failure(target& which, time_point now);
  void log_failure_of_name(join_name& which);
  void clear_failure(target& which);
  void judge_itself();

  const membership& members_;
  const admission& joins_;
  const std::vector<std::string> configured_;
  random_source& random_;
  std::vector<join_name> names_;  // configured addresses with a host name
  dial_targets targets_;
  std::vector<dial_order> orders_;
  std::uint64_t attempts_ = 0;
  std::size_t announcements_ = 0;  // calls of `learn`
  refusal_cause refused_for_ = refusal_cause::none;
  bool stopping_ = false;
};

}  // namespace ability
