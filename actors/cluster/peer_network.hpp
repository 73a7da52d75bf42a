/// The sockets of the cluster and of monitoring programs, as actors see them. `net/` implements it, tests fake it.
/// All functions are called on the cluster's lane, and none calls back into an actor: events are sent as messages.
#pragma once

#include <caf/actor_control_block.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "actors/interfaces.hpp"
#include "protocol/cluster/handshake.hpp"
#include "protocol/cluster/member.hpp"

namespace ability {

/// One connection that has passed the handshake and is joined to CAF's middleman. When it ends for any reason, its
/// actor gets one `peer_connection_closed`, and CAF reports actors at the other end as down.
class peer_connection {
public:
  virtual ~peer_connection() = default;

  /// The peer's address for logs.
  virtual const std::string& peer() const = 0;

  /// Bytes that the network has accepted so far. Bytes sent to the peer beyond these occupy memory.
  virtual std::uint64_t bytes_sent() const = 0;

  /// Reports that a message of the peer was handled. Reading pauses while too many messages are unhandled.
  virtual void message_handled() = 0;

  /// Marks the peer as authorized: it no longer has to make room for others. A second call has no effect. False: the
  /// maximum number of its kind is reached, and its actor closes the connection.
  virtual bool admit() = 0;

  /// Closes once; `why` is logged. The actor still gets `peer_connection_closed`.
  virtual void close(std::string_view why) = 0;
};

using peer_connection_ptr = std::shared_ptr<peer_connection>;

/// A pending join: another node that dialled us, or that answered our dial, and waits for the cluster's decision.
/// Exactly one function is called, once; destruction without a call refuses.
class pending_join {
public:
  virtual ~pending_join() = default;

  /// Admits the node. All its messages go to `link`, and nowhere else; the link gets `link_connected` once the
  /// connection is up, or else `peer_connection_closed`.
  virtual void proceed(link_actor link) = 0;

  /// Tells the node the reason, then closes.
  virtual void refuse(refusal_of_node why) = 0;
};

/// Dials other nodes. A node that dials us is announced by `join_request`.
class cluster_network {
public:
  virtual ~cluster_network() = default;

  /// Connects to `host:port`, sends a hello, and sends `owner` either `dial_reply` with the same `attempt` or
  /// `dial_failed`, within `tunnel_limits::handshake`.
  virtual void dial(const std::string& address, std::uint64_t attempt, cluster_actor owner) = 0;

  /// Looks up all addresses of `name`, a `host:port`, and sends `owner` one `name_resolved`. Takes as long as the name
  /// server does.
  virtual void resolve(const std::string& name, cluster_actor owner) = 0;
};

}  // namespace ability
