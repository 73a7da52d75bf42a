/// State shared by all connections of a tunnel.
#pragma once

#include <array>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/cluster/caf_bridge.hpp"
#include "net/cluster/node_id_pool.hpp"
#include "net/cluster/tunnel.hpp"
#include "net/io/byte_stream.hpp"
#include "net/io/tls.hpp"

namespace ability {

/// A connection of the tunnel in any state; leaves the list when it is destroyed.
class tunnel_session
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>,
                                              boost::intrusive::tag<class tunnel_session>> {
public:
  /// Called when the tunnel closes; `gently`: flush first.
  virtual void stop(bool gently) = 0;

protected:
  ~tunnel_session() = default;
};

struct tunnel_common;
using tunnel_common_ptr = std::shared_ptr<tunnel_common>;

/// Counts one socket while it is open, and as a handshake until `up()`.
class socket_count : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>,
                                                             boost::intrusive::tag<class socket_count>> {
public:
  socket_count(tunnel_common_ptr common, bool accepted);
  socket_count(const socket_count&) = delete;
  socket_count& operator=(const socket_count&) = delete;
  ~socket_count();

  /// Sets the callback that closes the socket to make room. Valid until `proved()` or `up()`.
  void when_crowded_out(std::function<void()> call) { when_crowded_out_ = std::move(call); }

  /// Closes the socket; its place is free at once.
  void crowd_out();

  /// Closes `stream`, of this socket, once its queue is sent or it is crowded out.
  void drain(const fly::byte_stream_ptr& stream);

  /// The other end has proved the secret: it may stay until the handshake's deadline.
  void proved() noexcept;

  void up() noexcept;

private:
  tunnel_common_ptr common_;
  std::function<void()> when_crowded_out_;
  bool in_handshake_;
};

using tls_context_ptr = std::shared_ptr<const fly::tls_context>;

/// Lives as long as the tunnel or one of its connections.
struct tunnel_common {
  tunnel_common(io_lane& where, caf::actor_system& actors, tunnel_settings how, monitor_session_factory sessions);

  /// Counts and logs a refused connection: at most one line a second for each reason, with the number of lines left
  /// out.
  void refuse(tunnel_refusal why, const std::string& peer, const std::string& detail);

  /// True if one more connection may begin its handshake. At the limit it closes the oldest one that has proved
  /// nothing.
  bool make_room();

  io_lane& home;
  caf::actor_system& system;
  tunnel_settings settings;
  monitor_session_factory make_monitor_session;
  caf_bridge join;
  node_id_pool node_ids;
  node_id_pool program_ids;     // separate, so that short-lived programs cannot use up the nodes' ids
  tls_context_ptr node_tls;     // null: no TLS
  tls_context_ptr program_tls;  // null: no TLS
  tunnel_counters counters;
  cluster_actor owner;
  bool closed = false;
  std::size_t handshakes = 0;  // accepted, and not up yet
  std::size_t programs = 0;
  std::size_t open = 0;  // sockets
  std::function<void()> when_none_open;
  boost::intrusive::list<tunnel_session, boost::intrusive::base_hook<tunnel_session::list_base_hook>,
                         boost::intrusive::constant_time_size<false>>
      sessions;
  using socket_list = boost::intrusive::list<socket_count, boost::intrusive::base_hook<socket_count::list_base_hook>,
                                             boost::intrusive::constant_time_size<false>>;
  socket_list unproved;  ///< handshakes that have proved nothing, the oldest first
  socket_list draining;  ///< others that close once their queue is sent

private:
  struct line {
    std::chrono::steady_clock::time_point next{};
    std::uint64_t left_out = 0;
  };
  std::array<line, tunnel_refusals> lines_;
};

}  // namespace ability
