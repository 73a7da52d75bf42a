/// One link to a backend, shared by many FlyRPC clients and by the daemon's calls to the application.
/// Source: docs/protocols/flyrpc.md "Link between a gateway and a backend".
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "actors/runtime/back_off.hpp"
#include "net/fly_gateway/backend_calls.hpp"
#include "net/fly_gateway/client_slots.hpp"
#include "net/fly_gateway/gateway_handshake.hpp"
#include "net/fly_gateway/shared_frames.hpp"
#include "net/io/byte_stream.hpp"
#include "net/io/connector.hpp"
#include "net/lane/lane_context.hpp"
#include "protocol/fly/mux.hpp"
#include "protocol/fly/packet.hpp"
#include "protocol/text/host_port.hpp"

namespace ability {

/// Address, TLS settings and limits of a backend.
struct backend_endpoint {
  std::string host;
  std::uint16_t port = 0;
  bool tls = false;
  bool verify = true;                               ///< with `tls`: verify the backend's certificate and name
  std::string ca_file;                              ///< PEM of the trusted authorities; empty: those of the system
  std::string secret;                               ///< shared with the backend; empty: none
  std::size_t max_pending = std::size_t{32} << 20;  ///< bytes queued for it on one link; beyond: the link is closed
};

/// A client with a place on a link. Called on the link's lane.
class backend_client {
public:
  /// Receives bytes from the backend; `shared` holds the same bytes, framed once for all their recipients.
  virtual void from_backend(std::string_view bytes, shared_frames& shared) = 0;

  /// Called when the backend has closed the client, or the link is lost; the client's place is gone.
  virtual void backend_closed(std::string_view why) = 0;

  /// Called when the link is no longer congested.
  virtual void backend_drained() = 0;

protected:
  ~backend_client() = default;
};

/// Redials with back-off whenever the link is lost. Use on its lane only; alive as long as it is referenced or an
/// operation is pending.
class backend_link : public std::enable_shared_from_this<backend_link> {
public:
  static constexpr std::size_t congested_bytes = std::size_t{1} << 20;  ///< queued bytes; beyond: clients are not read
  static constexpr std::chrono::milliseconds first_pause{100};          ///< before the next dial; doubles
  static constexpr std::chrono::milliseconds longest_pause{5'000};
  static constexpr std::chrono::milliseconds opening_timeout{3'000};  ///< from the dial until the link is up

  backend_link(lane_context& where, const backend_endpoint& backend);
  backend_link(const backend_link&) = delete;
  backend_link& operator=(const backend_link&) = delete;

  void start() { dial(); }

  /// Closes the link for good: closes its clients, ends calls as `unavailable`.
  void stop();

  /// Sets the secret for handshakes of the link from now on.
  void use_secret(const std::string& secret) { secret_ = secret; }

  /// True if clients and calls are accepted.
  bool is_up() const noexcept { return state_ == state::up; }

  /// `host:port`, for messages.
  std::string name() const { return host_port(backend_.host, backend_.port); }

  /// The reason why the last attempt failed or the link was lost; empty if it is up, or was not tried yet.
  const std::string& why_down() const noexcept { return why_down_; }

  // -- clients

  /// Takes a place for a client; nullopt if the link is down or full. The backend learns of it by the first bytes sent.
  std::optional<fly::client_id> open(backend_client& client);

  /// Sends bytes of the client.
  void send(fly::client_id id, std::string_view bytes);

  /// Frees the place of a client that is gone; the object given to `open` is not used from now on.
  void close(fly::client_id id);

  /// True if clients should not be read for now.
  bool is_congested() const noexcept { return stream_ != nullptr && stream_->queued() > congested_bytes; }

  // -- calls

  /// Asks the application; `done` is called once, on this lane, within `timeout`, possibly before this returns.
  void call(const rpc_request& request, std::chrono::milliseconds timeout, std::function<void(rpc_outcome)> done);

private:
  enum class state : std::uint8_t { down, opening, up, stopped };
  using error_code = boost::system::error_code;

  // -- opening
  void dial();
  void greet(fly::tcp_socket socket);
  void on_handshake_message(const fly::packet& what);
  void opened();
  void lose(const std::string& why);
  void set_timer(std::chrono::milliseconds delay, void (backend_link::*then)());
  void took_too_long() { lose("it took too long to answer"); }

  // -- in
  void wait();
  void read();
  void on_bytes();
  void on_frame(const fly::mux_frame& frame);
  void on_closed(fly::client_id id);
  void answer_ping(const fly::packet& what);
  void on_link_packet(const fly::packet& what);
  void say_closed(fly::client_id id);
  void watch_congestion();
  void look_for_room();
  void end_slow();

  lane_context& context_;
  const backend_endpoint& backend_;
  std::string secret_ = backend_.secret;
  state state_ = state::down;
  fly::connector connector_;
  fly::byte_stream_ptr stream_;
  std::size_t last_frame_ = 0;  // offset of the last frame in the queue
  fly::steady_timer timer_;
  back_off pauses_{first_pause, longest_pause};
  bool complained_ = false;
  bool congested_ = false;
  std::string why_down_;
  std::optional<gateway_handshake> handshake_;
  std::string in_;
  client_slots clients_;
  fly::packet_reader link_reader_;
  backend_calls calls_;
};

}  // namespace ability
