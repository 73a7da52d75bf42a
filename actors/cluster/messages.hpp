/// The messages between links, the cluster and the tunnel of one node.
#pragma once

#include <caf/actor.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actors/cluster/link_stats.hpp"
#include "actors/cluster/peer_network.hpp"
#include "actors/interfaces.hpp"
#include "actors/local_message.hpp"

namespace ability {

/// The connection is up. `remote` is the destination of packets; null on the dialled side, which learns it from the
/// first packet.
struct link_connected {
  using local_message = void;
  peer_connection_ptr way;
  caf::actor remote;
};

/// The connection is closed, or was never established.
struct peer_connection_closed {
  using local_message = void;
  std::string reason;
};

/// Send the gathered records.
struct link_flush {
  using local_message = void;
};

/// Periodic timer of a link, about every 100 ms.
struct link_tick {
  using local_message = void;
};

/// Join the cluster: dial the configured addresses.
struct join_cluster {
  using local_message = void;
  std::shared_ptr<cluster_network> network;
};

/// Reply once each known node was linked or found unreachable. Publications accepted from then on are forwarded to the
/// linked nodes.
struct await_joined {
  using local_message = void;
};

/// The reply to `await_joined`.
struct joined_cluster {
  using local_message = void;
};

/// Dial this address.
struct dial_due {
  using local_message = void;
  std::string address;
};

/// Look up this name again.
struct look_up_due {
  using local_message = void;
  std::string name;
};

/// The result of a look-up.
struct name_resolved {
  using local_message = void;
  std::string name;                    ///< `host:port`
  std::vector<std::string> addresses;  ///< `ip:port`; empty: none
  std::string why_not;                 ///< the reason, if there are none
};

/// An attempt to dial has ended without a link.
struct dial_failed {
  using local_message = void;
  std::uint64_t attempt;
  refusal_of_node why;  ///< its code may also be `unreachable`
};

/// A node that we dialled has identified itself. It has not proved the secret yet.
struct dial_reply {
  using local_message = void;
  std::uint64_t attempt;
  member who;
  std::shared_ptr<pending_join> door;
};

/// A node that dialled us has proved the secret.
struct join_request {
  using local_message = void;
  member who;
  std::shared_ptr<pending_join> door;
};

/// The link has received a packet of the other link: both ends are ready.
struct link_up {
  using local_message = void;
  link_actor link;
  member who;
};

/// The link has ended. All publications that it held are counted.
struct link_down {
  using local_message = void;
  link_actor link;
  member who;
  std::string reason;
  bool in_order;  ///< the other node has left the cluster
};

/// Statistics of a link that is or was up: every 100 ms if they have changed, and when it ends.
struct link_report {
  using local_message = void;
  std::uint64_t link;  ///< id of its actor
  std::string uuid;    ///< of the other node
  link_stats::numbers present;
  std::uint64_t lost;            ///< publications since the last report
  lost_publications unreported;  ///< losses that the next link must report, as this one has ended
};

/// Report these losses of earlier links to the other node.
struct report_losses {
  using local_message = void;
  lost_publications losses;
};

/// Members that the sender knows.
struct members_heard {
  using local_message = void;
  std::vector<member> members;
};

/// Tell the other node that this one leaves, then end.
struct leave_cluster {
  using local_message = void;
  std::string reason;
  bool only_this_link = false;  ///< end without telling the other node: this node stays
};

/// Periodic timer of the cluster, every 10 s.
struct cluster_tick {
  using local_message = void;
};

/// List the nodes.
struct list_nodes {
  using local_message = void;
};

enum class node_state : std::uint8_t {
  self,
  up,    ///< linked
  lost,  ///< was linked, is dialled again
};

/// Facts about one node. Counters are those of the present link, as counted here.
struct node_facts {
  member who;
  node_state state;
  std::chrono::steady_clock::time_point since;
  bool dialled_by_us = false;
  link_stats::numbers link = {};  ///< of its present link
  std::uint64_t lost = 0;         ///< publications, including earlier links
};

/// The list of nodes; this node comes first.
struct node_list {
  using local_message = void;
  std::vector<node_facts> nodes;
};

}  // namespace ability
