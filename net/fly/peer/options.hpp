/// Options of the connections of a client or a server.
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

/// Options of each connection, on either side.
struct peer_options {
  std::vector<serializer> serializers{serializer::msgpack, serializer::json};  ///< a client prefers the first
  bool compression = false;  ///< deflate buffers if the other side agrees: less traffic, more CPU time
  bool ack = true;           ///< reply to every call if the other side agrees
  fly::profile profile = fly::profile::normal;       ///< of the peers; `legacy` ones have no Helo
  std::chrono::milliseconds call_timeout{10'000};    ///< of calls without a timeout of their own
  std::chrono::milliseconds quarantine{10'000};      ///< a timed-out call's number rests so long, for its late reply
  std::size_t max_queued = std::size_t{1} << 20;     ///< bytes queued to be sent; above, reading pauses and sends fail
  std::size_t max_unhandled = std::size_t{4} << 20;  ///< bytes waiting for handlers; above, reading pauses
  std::function<void(std::string_view)> log = {};    ///< receives errors, one line each; called on any thread
};

/// Options of a client or a server as a whole.
struct node_options : peer_options {
  /// The event loop to run on. It must be run by one thread, and outlive the client or server and all its contexts.
  /// Null: an event loop with a thread of its own is created.
  boost::asio::io_context* io = nullptr;
  std::size_t workers = 2;  ///< threads for handlers, which may block; 0: handlers run on the event loop and must not
  bool ordered = false;     ///< with workers: handlers of one connection begin in order, one after the other
};

/// Admission of clients to a server.
struct admission {
  /// Checks a Helo and returns the client's identity, see `context::identity`. An error refuses the client. Called on
  /// the event loop's thread; must not block. Empty: all clients are accepted.
  std::function<outcome<std::string>(const helo_request&)> authenticate = {};
  bool require_helo = false;                       ///< calls before a Helo fail with `unauthorized`
  std::chrono::milliseconds helo_timeout{10'000};  ///< with `require_helo`: a client without a Helo by then is closed
};

/// Counts of dropped packets, over all connections.
struct stats {
  std::atomic<std::uint64_t> stray_replies = 0;  ///< replies that were late, or matched no call
  std::atomic<std::uint64_t> stray_pongs = 0;
  std::atomic<std::uint64_t> ignored = 0;             ///< packets without a meaning here
  std::atomic<std::uint64_t> legacy = 0;              ///< packets of the profile `legacy` under another profile
  std::atomic<std::uint64_t> dropped_broadcasts = 0;  ///< broadcasts not sent to a link because its queue was full
};

}  // namespace ability::fly
