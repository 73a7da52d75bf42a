/// How the connections of a client or a server behave.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/fly/helo.hpp"
#include "protocol/fly/packet.hpp"
#include "protocol/fly/remote_error.hpp"

namespace ability::fly {

/// Of each connection, whichever side it is.
struct peer_options {
  std::vector<serializer> serializers{serializer::msgpack, serializer::json};  ///< a client wants the first most
  bool compression = false;  ///< buffers are deflated, if the other side agrees: less traffic for more CPU time
  bool ack = true;           ///< calls are replied to in any case, if the other side agrees
  fly::profile profile = fly::profile::normal;       ///< of the peers; `legacy` ones know no Helo
  std::chrono::milliseconds call_timeout{10'000};    ///< of calls that name none
  std::chrono::milliseconds quarantine{10'000};      ///< the number of a call that timed out rests, for its late reply
  std::size_t max_queued = std::size_t{1} << 20;     ///< bytes on their way out; above, reading pauses and sends fail
  std::size_t max_unhandled = std::size_t{4} << 20;  ///< bytes that wait for handlers; above, reading pauses
  std::function<void(std::string_view)> log = {};    ///< what went wrong, a line each; called on any thread
};

/// Of a client or a server as a whole.
struct node_options : peer_options {
  /// The event loop to run on. It must be run by one thread, and outlive the client or server and all contexts of it.
  /// Without one, an event loop with a thread of its own is made.
  boost::asio::io_context* io = nullptr;
  std::size_t workers = 2;  ///< threads for handlers, which may block there; 0: the event loop's, where they must not
  bool ordered = false;     ///< with workers: one connection's handlers begin in order, one after the other
};

/// Whom a server lets in.
struct admission {
  /// Looks at a Helo; returns who that is, see `context::identity`. An error refuses the client. Called on the event
  /// loop's thread, must not block. Without one all are let in.
  std::function<outcome<std::string>(const helo_request&)> authenticate = {};
  bool require_helo = false;                       ///< calls before a Helo fail with `unauthorized`
  std::chrono::milliseconds helo_timeout{10'000};  ///< with `require_helo`: who said none by then is closed
};

/// What was dropped, of all connections together.
struct stats {
  std::atomic<std::uint64_t> stray_replies = 0;  ///< too late, or to no call of ours
  std::atomic<std::uint64_t> stray_pongs = 0;
  std::atomic<std::uint64_t> ignored = 0;             ///< packets that mean nothing here
  std::atomic<std::uint64_t> legacy = 0;              ///< packets as peers of the profile `legacy` send them to others
  std::atomic<std::uint64_t> dropped_broadcasts = 0;  ///< a link's share of one, as too much waited to leave there
};

}  // namespace ability::fly
