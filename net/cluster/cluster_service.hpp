/// A node's part of the cluster and of monitoring: its own lane, sockets and actors.
#pragma once

#include <boost/system/result.hpp>
#include <caf/fwd.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "actors/node/control.hpp"
#include "actors/node/node.hpp"
#include "net/cluster/tunnel.hpp"
#include "net/lane/io_lane.hpp"

namespace ability {

/// Runs on its own thread, so that clients and the cluster do not delay each other. Use on one thread.
class cluster_service {
public:
  /// All arguments outlive this; `system` has the middleman. `open` completes the description of this node in `here`.
  cluster_service(caf::actor_system& system, node& here, tunnel_settings settings, node_control& control);
  cluster_service(const cluster_service&) = delete;
  cluster_service& operator=(const cluster_service&) = delete;

  /// Ends the thread, if it runs.
  ~cluster_service();

  /// Listens; sets this node's address and name. The error is a sentence with the remedy.
  boost::system::result<void, std::string> open();

  /// Spawns the monitor and the cluster and stores them in the node. Call before any other actor runs.
  void spawn_actors();

  /// Starts the thread, accepts connections and joins the cluster.
  void start();

  /// Waits until each known node is linked or could not be reached, at most for `limit`.
  void await_joined(std::chrono::steady_clock::duration limit);

  /// Replaces certificates and secrets for future connections and logins. Any thread.
  void use(tunnel_tls certificates, std::string secret, const node_settings& settings);

  /// Tells the other nodes that this one leaves, and waits until they know, at most for `limit`.
  void leave(std::chrono::steady_clock::duration limit);

  /// Closes all connections, flushing them for at most `limit`, and ends the actors. They end on the lane, which runs
  /// until this is destroyed.
  void close(std::chrono::steady_clock::duration limit);

  const tunnel_counters& counters() const noexcept { return tunnel_.counters(); }

private:
  void complete_self();

  caf::actor_system& system_;
  node& here_;
  node_control& control_;
  const tunnel_settings settings_;
  io_lane lane_;
  lane_home home_;
  tunnel tunnel_;
  std::thread thread_;
};

}  // namespace ability
