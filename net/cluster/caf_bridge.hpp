/// Joins connections to CAF's middleman. All that depends on the insides of caf_io 0.17.6 is here.
/// Source: caf::io::basp_broker of CAF 0.17.6; docs/protocols/cluster.md "BASP and the subset that passes".
#pragma once

#include <boost/system/result.hpp>
#include <caf/actor.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/fwd.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <set>
#include <string>

#include "protocol/basp/basp_filter.hpp"

namespace ability {

class lane;

/// Loads CAF's middleman, set as docs/decisions/0003-basp-behind-a-tunnel.md says. Only for nodes with a
/// cluster or a monitor: it costs two threads.
void configure_middleman(caf::actor_system_config& config);

/// A node id for CAF: of `process` (not 0) on the machine `host`.
basp_node_id make_basp_node_id(std::uint32_t process, const std::array<char, 20>& host);

/// Hands CAF one end of a socket pair for each connection, as if it had accepted or dialled it. Used on `home`.
class basp_join {
public:
  /// How long CAF may take to forget that it had a connection on a descriptor.
  static constexpr std::chrono::seconds rest_time{10};

  /// One connection of CAF's.
  struct joint {
    int ours;    ///< a non-blocking descriptor, which is the caller's from now on
    int handle;  ///< what CAF knows it by
  };
  /// A sentence if there are no descriptors left.
  using join_result = boost::system::result<joint, std::string>;

  /// Called with who was published at the other end, or with null and why not.
  using joined_function = std::function<void(caf::actor remote, const std::string& why_not)>;

  /// `system` has the middleman; both outlive this.
  basp_join(caf::actor_system& system, lane* home);

  /// As a node that accepted: `whom` is what the other end connects to.
  join_result publish(const caf::strong_actor_ptr& whom);

  /// As a node that dialled. `done` is called once, on `home`, when CAF has heard who is published, or when the
  /// connection is closed.
  join_result connect(joined_function done);

  /// The connection is closed. For a while nothing else gets its handle: CAF, which knows connections by the numbers of
  /// their descriptors, would clean up behind the wrong one.
  void left(int handle);

private:
  struct resting {
    int handle;
    std::chrono::steady_clock::time_point until;
  };
  struct ends {
    int ours;
    int theirs;
  };

  boost::system::result<ends, std::string> make_pair();

  caf::actor_system& system_;
  lane* home_;
  std::deque<resting> resting_;  // the longest first
  std::multiset<int> handles_;   // of these
};

}  // namespace ability
