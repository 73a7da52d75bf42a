/// A node's side of the cluster and of monitoring: a lane of its own, its sockets, and their actors.
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

/// Clients do not wait for the cluster, nor it for them: it has its own thread. Used on one thread.
class cluster_service {
public:
  /// All that is given outlives this; `system` has the middleman. What `here` is to know of itself is completed by
  /// `open`.
  cluster_service(caf::actor_system& system, node& here, tunnel_settings settings, node_control& control);
  cluster_service(const cluster_service&) = delete;
  cluster_service& operator=(const cluster_service&) = delete;

  /// Ends the thread, if it runs.
  ~cluster_service();

  /// Listens; then this node has its address and its name. The error is a sentence with the remedy.
  boost::system::result<void, std::string> open();

  /// Spawns the monitor and the cluster, and puts them into the node. Before any other actor runs.
  void spawn_actors();

  /// Runs, lets others in, and joins the cluster.
  void start();

  /// Waits until the nodes that there are have been linked, or could not be reached; `limit` at most.
  void await_joined(std::chrono::steady_clock::duration limit);

  /// Takes other certificates and secrets, for connections and logins to come. Any thread.
  void use(tunnel_tls certificates, std::string secret, const node_settings& settings);

  /// Tells the other nodes that this one leaves, and waits until they were told, `limit` at most.
  void leave(std::chrono::steady_clock::duration limit);

  /// Closes all connections, and ends the actors. They end on the lane, which runs until this is destroyed.
  void close();

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
