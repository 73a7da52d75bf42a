/// The messages between directories, links, the cluster and the tunnel of one node.
#pragma once

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actors/broadcast/accepted_broadcast.hpp"
#include "actors/cluster/peer_network.hpp"
#include "actors/interfaces.hpp"
#include "protocol/publication/publication.hpp"

namespace ability {

// -- directory and link -------------------------------------------------------------------------------------------

/// A link is up. The directory replies with `interest_news` of all its streams, and then of each change.
struct link_opened {
  link_actor link;
};

/// A link has ended, and with it the other node's interest. `in_order`: that node has left the cluster; otherwise its
/// last publications may be lost, and every stream here is marked. The directory forwards this message to the link,
/// behind everything else that it has sent there.
struct link_closed {
  link_actor link;
  std::string node;  ///< its name
  bool in_order;
};

/// Streams of one directory that are followed here from now on, or no longer. In order with other `interest_news` of
/// the same directory.
struct interest_news {
  directory_actor from;
  std::vector<std::shared_ptr<const std::string>> streams;
  bool followed;
  bool complete;  ///< last part of the reply to `link_opened`
};

/// The other node has acknowledged interest in these streams, so waiting subscribes may be confirmed.
struct interest_settled {
  link_actor link;
  std::vector<std::shared_ptr<const std::string>> streams;
  bool overdue = false;  ///< timed out: publications there do not come here until acknowledged
};

/// Streams of this directory that the other node follows from now on, or no longer.
struct peer_interest {
  link_actor link;
  std::vector<std::string> streams;
  bool followed;
  bool complete = false;  ///< all interest that existed when the link came up was announced
};

/// Broadcasts that only this node received, in order, to streams that the other node follows.
struct forward_broadcasts {
  std::vector<broadcast_ptr> messages;
};

/// Publications were lost between `node` and here. An empty stream: the streams are not known.
struct gap_opened {
  std::string node;
  std::string stream;
  std::uint64_t lost;
};

/// The same, for one stream. Clients will be told once there is history.
struct mark_gap {
  std::uint64_t lost;
};

// -- link, cluster and tunnel -------------------------------------------------------------------------------------

/// The connection is up. `remote` is the destination of packets; null on the dialled side, which learns it from the
/// first packet.
struct link_connected {
  passage_ptr way;
  caf::actor remote;
};

/// The connection is closed, or was never established.
struct passage_closed {
  std::string reason;
};

/// Forward all broadcasts that came before this message to the links.
struct forwards_due {};

/// Continue incremental work: announcing interest to links, marking streams, discarding an ended node's interest.
struct interest_due {};

/// Send the gathered records.
struct link_flush {};

/// Periodic timer of a link, about every 100 ms.
struct link_tick {};

/// Join the cluster: dial the configured addresses.
struct join_cluster {
  std::shared_ptr<cluster_network> network;
};

/// Reply once each known node was linked or found unreachable. Publications accepted from then on are forwarded to the
/// linked nodes.
struct await_joined {};

/// The reply to `await_joined`.
struct joined_cluster {};

/// Dial this address.
struct dial_due {
  std::string address;
};

/// Look up this name again.
struct look_up_due {
  std::string name;
};

/// The result of a look-up.
struct name_resolved {
  std::string name;                    ///< `host:port`
  std::vector<std::string> addresses;  ///< `ip:port`; empty: none
  std::string why_not;                 ///< the reason, if there are none
};

/// An attempt to dial has ended without a link.
struct dial_failed {
  std::uint64_t attempt;
  refusal_of_node why;  ///< its code may also be `unreachable`
};

/// A node that we dialled has identified itself. It has not proved the secret yet.
struct node_answers {
  std::uint64_t attempt;
  member who;
  std::shared_ptr<node_door> door;
};

/// A node that dialled us has proved the secret.
struct node_knocks {
  member who;
  std::shared_ptr<node_door> door;
};

/// The link has received a packet of the other link: both ends are ready.
struct link_up {
  link_actor link;
  member who;
};

/// The link has ended. All publications that it held are counted.
struct link_down {
  link_actor link;
  member who;
  std::string reason;
  bool in_order;  ///< the other node has left the cluster
};

/// Members that the sender knows.
struct members_heard {
  std::vector<member> members;
};

/// A remote disconnect to forward to all other nodes.
struct forward_disconnect {
  remote_disconnect order;
};

/// Tell the other node that this one leaves, then end.
struct leave_cluster {
  std::string reason;
  bool only_this_link = false;  ///< end without telling the other node: this node stays
};

/// Periodic timer of the cluster, every 10 s.
struct cluster_tick {};

// -- list of nodes ----------------------------------------------------------------------------------------------

/// List the nodes.
struct list_nodes {};

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
  std::uint64_t streams_followed = 0;  ///< by that node
  std::uint64_t publications_sent = 0;
  std::uint64_t publications_received = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_waiting = 0;          ///< queued for the window
  std::uint64_t lost = 0;                   ///< publications, including earlier links
  std::chrono::microseconds round_trip{0};  ///< time from the last acknowledged packet to its acknowledgement
};

/// The list of nodes; this node comes first.
struct node_list {
  std::vector<node_facts> nodes;
};

}  // namespace ability

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::link_opened)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::link_closed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::interest_news)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::interest_settled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::peer_interest)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::forward_broadcasts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::gap_opened)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::mark_gap)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::link_connected)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::passage_closed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::forwards_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::interest_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::link_flush)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::link_tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::join_cluster)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::await_joined)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::joined_cluster)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::dial_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::look_up_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::name_resolved)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::dial_failed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::node_answers)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::node_knocks)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::link_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::link_down)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::members_heard)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::forward_disconnect)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::leave_cluster)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::cluster_tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::list_nodes)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::node_list)
