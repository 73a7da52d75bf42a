/// The vocabulary of the cluster: what directories, links, the cluster and the tunnel tell each other within a node.
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

// -- directory and link
// ------------------------------------------------------------------------------------------------

/// A link is up. The directory answers with `interest_news` of all its streams, and from then on of each change.
struct link_opened {
  link_actor link;
};

/// A link is gone, and all interest that it told. `in_order`: the node had left the cluster; else what it published
/// at last may be lost, and every stream here is marked. The directory passes this on to the link behind all else that
/// it has sent to it.
struct link_closed {
  link_actor link;
  std::string node;  ///< its name
  bool in_order;
};

/// Streams of one directory, by name, that are followed here from now on, or no longer. In order with other news of the
/// same directory.
struct interest_news {
  directory_actor from;
  std::vector<std::shared_ptr<const std::string>> streams;
  bool followed;
  bool complete;  ///< the last of the answer to `link_opened`
};

/// The other node knows these streams to be followed here: a client of theirs may be told that it is subscribed.
struct interest_settled {
  link_actor link;
  std::vector<std::shared_ptr<const std::string>> streams;
  bool overdue = false;  ///< it has not said so in time: what is published there until it does, does not come here
};

/// Streams of this directory that the link's node follows from now on, or no longer.
struct peer_interest {
  link_actor link;
  std::vector<std::string> streams;
  bool followed;
  bool complete = false;  ///< all that was followed there when the link came up has been told
};

/// Broadcasts that only this node got, in their order, to streams that the link's node follows.
struct forward_broadcasts {
  std::vector<broadcast_ptr> messages;
};

/// Broadcasts were lost between `node` and here. An empty stream: of streams that are not known.
struct gap_opened {
  std::string node;
  std::string stream;
  std::uint64_t lost;
};

/// The same, for the stream. What keeps history will tell clients.
struct mark_gap {
  std::uint64_t lost;
};

// -- link, cluster and tunnel
// --------------------------------------------------------------------------------------------

/// The connection is up. `remote` is where packets go; null on the side that was dialled, which learns it from the
/// first packet.
struct link_connected {
  passage_ptr way;
  caf::actor remote;
};

/// The connection is closed, or never came to be.
struct passage_closed {
  std::string reason;
};

/// Hand all broadcasts before this to the links.
struct forwards_due {};

/// The next bit is due of what takes long: telling links, marking streams, forgetting what a node followed.
struct interest_due {};

/// Send what has gathered.
struct link_flush {};

/// A tenth of a second or so has passed.
struct link_tick {};

/// Dial, join, tell: the cluster begins.
struct join_cluster {
  std::shared_ptr<cluster_network> network;
};

/// Say when each node that is known has been linked, or could not be reached. What this node takes in then is told to
/// those that are linked.
struct await_joined {};

/// It is so.
struct joined_cluster {};

/// It is time to dial this address.
struct dial_due {
  std::string address;
};

/// It is time to look this name up again.
struct look_up_due {
  std::string name;
};

/// The result of a look-up.
struct name_resolved {
  std::string name;                    ///< `host:port`
  std::vector<std::string> addresses;  ///< `ip:port`; empty: none
  std::string why_not;                 ///< if there are none
};

/// An attempt to dial has ended without a link.
struct dial_failed {
  std::uint64_t attempt;
  refusal_of_node why;  ///< its code may also be `unreachable`
};

/// A node that we dialled has said who it is. It is not proved yet that it knows the secret.
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

/// The link has heard the other node: both ends are ready.
struct link_up {
  link_actor link;
  member who;
};

/// The link ends. All that it held is counted.
struct link_down {
  link_actor link;
  member who;
  std::string reason;
  bool in_order;  ///< the other node has left the cluster
};

/// Members that somebody knows.
struct members_heard {
  std::vector<member> members;
};

/// A remote disconnect for all other nodes.
struct forward_disconnect {
  remote_disconnect order;
};

/// Tell the other node that this one leaves, then end.
struct leave_cluster {
  std::string reason;
  bool only_this_link = false;  ///< end without a word: this node stays
};

/// Some seconds have passed.
struct cluster_tick {};

// -- the cluster's records
// ---------------------------------------------------------------------------------------------

/// Which nodes are there?
struct list_nodes {};

enum class node_state : std::uint8_t {
  self,
  up,    ///< linked
  lost,  ///< was linked, is dialled again
};

/// What is known of one node. Counters are those of the present link, from here.
struct node_facts {
  member who;
  node_state state;
  std::chrono::steady_clock::time_point since;
  bool dialled_by_us = false;
  std::uint64_t streams_followed = 0;  ///< there
  std::uint64_t publications_sent = 0;
  std::uint64_t publications_received = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_waiting = 0;          ///< for the window
  std::uint64_t lost = 0;                   ///< publications, also on earlier links
  std::chrono::microseconds round_trip{0};  ///< of the last acknowledged packet
};

/// The node itself first.
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
