/// The sockets of the cluster and of monitoring programs, as actors see them. `net/` implements it, tests fake it.
/// All functions are called on the cluster's lane, and none calls back into an actor: news comes as messages.
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

/// One connection that has passed the tunnel's checks and is joined to CAF's middleman. When it ends, for whatever
/// reason, its actor gets one `passage_closed`, and CAF reports actors at the other end as down.
class passage {
public:
  virtual ~passage() = default;

  /// The peer's address, fit for a log.
  virtual const std::string& peer() const = 0;

  /// Bytes that the network has taken so far. What was sent to the peer and is not among them fills memory.
  virtual std::uint64_t bytes_sent() const = 0;

  /// Says that a message of the peer was handled. Reading stops while too many are not.
  virtual void message_handled() = 0;

  /// The peer has shown that it may be here, so it need not make room for others any more. Of no effect the second
  /// time. False if there are as many of its kind as may be: then its actor closes it.
  virtual bool admit() = 0;

  /// Closes, once; the reason goes to the log. Still tells the actor.
  virtual void close(std::string_view why) = 0;
};

using passage_ptr = std::shared_ptr<passage>;

/// Another node that has asked to be let in, or that answered our dialling, and waits for the cluster's decision.
/// Exactly one function is called, once; letting go of it refuses.
class node_door {
public:
  virtual ~node_door() = default;

  /// Goes on. All that the node sends goes to `link`, and nowhere else; when the connection is up the link gets
  /// `link_connected`, or else `passage_closed`.
  virtual void proceed(link_actor link) = 0;

  /// Tells the node why not, and closes.
  virtual void refuse(refusal_of_node why) = 0;
};

/// Dials other nodes. Who dials us is announced by `node_knocks`.
class cluster_network {
public:
  virtual ~cluster_network() = default;

  /// Connects to `host:port`, proves the secret and asks `owner`: `node_answers` with the same `attempt`, or
  /// `dial_failed`, within `dial_timeout`.
  virtual void dial(const std::string& address, std::uint64_t attempt, cluster_actor owner) = 0;

  /// Looks up all addresses of `name`, a `host:port`, and tells `owner` by one `name_resolved`. It may take as long as
  /// the name server does.
  virtual void resolve(const std::string& name, cluster_actor owner) = 0;
};

}  // namespace ability
