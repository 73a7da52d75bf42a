/// A connection in its handshake between nodes, or not yet recognized. Holds the part common to both ends; the exchange
/// is described in `protocol/cluster/handshake.hpp`.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "net/cluster/tunnel_connection.hpp"
#include "net/cluster/tunnel_state.hpp"
#include "net/io/byte_stream.hpp"
#include "net/lane/timer_wheel.hpp"
#include "protocol/cluster/handshake.hpp"

namespace ability {

/// Lives until it fails or becomes a tunnel connection. `deadline_` covers the tunnel connection's handshake, too.
class handshake_session : public std::enable_shared_from_this<handshake_session>,
                          public tunnel_session,
                          private wheel_timer {
public:
  using clock = std::chrono::steady_clock;

  handshake_session(const handshake_session&) = delete;
  handshake_session& operator=(const handshake_session&) = delete;
  virtual ~handshake_session() = default;

  /// The cluster's decision about the node at the other end; the first call counts.
  void proceed(link_actor link);
  void refuse(const refusal_of_node& why);

  void stop(bool gently) override;

protected:
  handshake_session(tunnel_common_ptr common, std::shared_ptr<socket_count> count);

  /// Called when bytes were received, see `received_`.
  virtual void on_bytes() = 0;
  /// Called once if the handshake fails; only `on_end` may follow.
  virtual void on_failure(tunnel_refusal why, const std::string& detail) = 0;
  /// Called when the cluster admits the node.
  virtual void on_proceed() = 0;
  /// The address of the other end, as far as it is known.
  virtual std::string peer() const = 0;
  /// Cancels pending operations of the derived class.
  virtual void on_end() {}

  /// Calls `on_bytes` when bytes are received.
  void read();
  void say(const handshake_message& what);
  /// Returns the next complete message of the handshake that was received. A malformed one fails the session.
  std::optional<handshake_message> next_handshake_message();
  void fail(tunnel_refusal why, const std::string& detail);
  /// Fails because of bytes that are no handshake message, or of one that is out of order.
  void malformed(const std::string& detail);
  /// Sends the reason to the other end and ends; with a `why` it also counts as a failure.
  void turn_away(const refusal_of_node& what, std::optional<tunnel_refusal> why);
  /// Starts to use the connected stream.
  void take(fly::byte_stream_ptr stream);
  /// Makes the pending join for the cluster, which answers by `proceed` or `refuse`.
  std::shared_ptr<pending_join> make_door();
  /// Hands over the state that a tunnel connection needs, and ends this session.
  tunnel_entry become_tunnel();
  void end();

  bool ended() const noexcept { return ended_; }

  const tunnel_common_ptr common_;
  std::shared_ptr<socket_count> count_;
  fly::byte_stream_ptr stream_;  // null until connected
  std::string received_;         // and not yet handled
  hello hello_;                  // of the end that dialled
  challenge challenge_;          // of the end that accepted
  link_actor link_;              // set once the cluster admits the node

private:
  void on_timer() override;
  void receive();

  clock::time_point deadline_;
  bool decided_ = false;
  bool said_ = false;
  bool ended_ = false;
};

}  // namespace ability
