/// A connection on which nodes get to know each other, or which has not said yet what it is. What either end has in
/// common; how the greeting goes is told in `protocol/cluster/handshake.hpp`.
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

/// Lives until it has failed or has become a passage. All is over at `deadline()`, the passage's handshake included.
class greeting_session : public std::enable_shared_from_this<greeting_session>,
                         public tunnel_session,
                         private wheel_timer {
public:
  using clock = std::chrono::steady_clock;

  greeting_session(const greeting_session&) = delete;
  greeting_session& operator=(const greeting_session&) = delete;
  virtual ~greeting_session() = default;

  /// The cluster's decision about the node at the other end; whichever comes first counts.
  void proceed(link_actor link);
  void refuse(const refusal_of_node& why);

  void stop(bool gently) override;

protected:
  greeting_session(tunnel_common_ptr common, std::shared_ptr<socket_count> count);

  /// Bytes have come, see `received_`.
  virtual void on_bytes() = 0;
  /// It does not go on; called once, and nothing else after it.
  virtual void on_failure(tunnel_refusal why, const std::string& detail) = 0;
  /// The cluster wants the node.
  virtual void on_proceed() = 0;
  /// The connection that there is, as far as it goes.
  virtual std::string peer() const = 0;
  /// What else there is to cancel.
  virtual void on_end() {}

  /// Has `on_bytes` called when there are some.
  void read();
  void say(const greeting& what);
  /// The next greeting of those that have come. A failure has been dealt with.
  std::optional<greeting> next_greeting();
  void fail(tunnel_refusal why, const std::string& detail);
  /// Not a greeting, or one that is out of place.
  void malformed(const std::string& detail);
  /// Tells the other end why, and fails; without a `why`, `what` is not counted.
  void turn_away(const refusal_of_node& what, std::optional<tunnel_refusal> why);
  /// There is a connection.
  void take(fly::byte_stream_ptr stream);
  /// A door for the cluster; behind it is `proceed` or `refuse`.
  std::shared_ptr<node_door> make_door();
  /// Hands over all that a passage needs; this is at its end then.
  passage_entry become_passage();
  void end();

  bool ended() const noexcept { return ended_; }

  const tunnel_common_ptr common_;
  std::shared_ptr<socket_count> count_;
  fly::byte_stream_ptr stream_;  // once there is one
  std::string received_;         // and not dealt with
  hello hello_;                  // of the end that dialled
  challenge challenge_;          // of the other
  link_actor link_;              // once the cluster wants the node

private:
  void on_timer() override;
  void receive();

  clock::time_point deadline_;
  bool decided_ = false;
  bool said_ = false;
  bool ended_ = false;
};

}  // namespace ability
