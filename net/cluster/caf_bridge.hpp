/// The CAF bridge: attaches connections to CAF's middleman. Only this file depends on internals of caf_io 0.17.6.
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

/// Loads CAF's middleman, configured as in docs/decisions/0003-basp-behind-a-tunnel.md. Only for nodes with a cluster
/// or a monitor: it costs two threads.
void configure_middleman(caf::actor_system_config& config);

/// Makes a node id for CAF: `process` (not 0) on the machine `host`.
basp_node_id make_basp_node_id(std::uint32_t process, const std::array<char, 20>& host);

/// Gives CAF one end of a socket pair for each connection, as if CAF had accepted or dialled it. Use on `home`.
class caf_bridge {
public:
  /// Time after which CAF has forgotten a connection on a closed descriptor.
  static constexpr std::chrono::seconds rest_time{10};

  /// One connection of CAF.
  struct joint {
    int ours;    ///< a non-blocking descriptor, owned by the caller from now on
    int handle;  ///< CAF's handle of the connection: the number of its descriptor
  };
  /// The error is a sentence: no descriptors are left.
  using join_result = boost::system::result<joint, std::string>;

  /// Called with the actor that the other end publishes, or with null and the reason.
  using joined_function = std::function<void(caf::actor remote, const std::string& why_not)>;

  /// `system` has the middleman; both outlive this.
  caf_bridge(caf::actor_system& system, lane* home);

  /// Attaches a connection that this node accepted and publishes `whom` on it to the other end.
  join_result publish(const caf::strong_actor_ptr& whom);

  /// Attaches a connection that this node dialled. `done` is called once, on `home`, when CAF knows the actor published
  /// by the other end, or when the connection is closed.
  join_result connect(joined_function done);

  /// Call when the connection is closed. Its handle is not reused for `rest_time`: CAF identifies connections by the
  /// numbers of their descriptors, and would clean up a new connection with the old number.
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
  std::deque<resting> resting_;  // the longest rest first
  std::multiset<int> handles_;   // of `resting_`
};

}  // namespace ability
