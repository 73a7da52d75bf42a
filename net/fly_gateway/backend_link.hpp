/// One link to a backend: many FlyRPC clients share it, and the daemon asks the application over it.
/// Source: docs/protocols/flyrpc.md "Link between a gateway and a backend".
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/runtime/back_off.hpp"
#include "net/fly_gateway/backend_calls.hpp"
#include "net/fly_gateway/shared_frames.hpp"
#include "net/io/byte_stream.hpp"
#include "net/lane/lane_context.hpp"
#include "protocol/fly/helo.hpp"
#include "protocol/fly/mux.hpp"
#include "protocol/fly/packet.hpp"

namespace ability {

/// Where a backend is, and how it is spoken to.
struct backend_endpoint {
  std::string host;
  std::uint16_t port = 0;
  bool tls = false;
  bool verify = true;   ///< with `tls`: check the backend's certificate and name
  std::string ca_file;  ///< PEM of the authorities to trust; empty: those of the system
  std::string secret;   ///< shared with it; empty: none
  std::size_t max_pending = std::size_t{32}
                            << 20;  ///< bytes on their way to it on one link; beyond: the link is closed
};

/// A client that has a place on a link. Told on the link's lane.
class backend_client {
public:
  /// A piece of what the backend sends this client; `shared` is the same for all clients that the piece is for.
  virtual void from_backend(std::string_view bytes, shared_frames& shared) = 0;

  /// The backend has closed the client, or the link is lost; the place on it is gone.
  virtual void backend_closed(std::string_view why) = 0;

  /// The link was congested and is so no longer.
  virtual void backend_drained() = 0;

protected:
  ~backend_client() = default;
};

/// Dials, and dials again with back-off whenever the link is lost. Used on its lane only; alive as long as somebody
/// holds it or an operation is pending.
class backend_link : public std::enable_shared_from_this<backend_link> {
public:
  static constexpr std::size_t congested_bytes = std::size_t{1} << 20;  ///< outgoing ones: clients have to wait
  static constexpr std::chrono::milliseconds first_pause{100};          ///< before the next dial; doubles
  static constexpr std::chrono::milliseconds longest_pause{5'000};
  static constexpr std::chrono::milliseconds opening_timeout{3'000};  ///< from the dial until clients are taken

  backend_link(edge& where, const backend_endpoint& backend);
  backend_link(const backend_link&) = delete;
  backend_link& operator=(const backend_link&) = delete;

  void start();

  /// Closes the link for good: clients are closed, calls end as `unavailable`.
  void stop();

  /// Sets the secret that is proved to the backend from the next opening on.
  void use_secret(const std::string& secret) { secret_ = secret; }

  /// Whether clients and calls are taken.
  bool is_up() const noexcept { return state_ == state::up; }

  /// `host:port`, for people.
  std::string name() const;

  /// Why the last attempt has failed, or the link was lost; empty: neither since it was up, or it never was.
  const std::string& why_down() const noexcept { return why_down_; }

  // -- clients

  /// A place for a client, which the backend hears of by what is sent first; nullopt if the link is down or has none.
  std::optional<fly::client_id> open(backend_client& client);

  /// A piece of what the client sends.
  void send(fly::client_id id, std::string_view bytes);

  /// The client is gone; what was given to `open` is not used from now on.
  void close(fly::client_id id);

  /// Whether clients should not be read for now.
  bool is_congested() const noexcept { return stream_ != nullptr && stream_->queued() > congested_bytes; }

  // -- calls

  /// Asks the application; `done` is called once, on this lane, within `timeout`, possibly at once.
  void call(const rpc_request& request, std::chrono::milliseconds timeout, std::function<void(rpc_outcome)> done);

private:
  enum class state : std::uint8_t { down, opening, up, stopped };
  struct place {
    backend_client* client = nullptr;
    bool taken = false;       // by a client, or by one that was closed here and that the backend has yet to close
    std::uint32_t frame = 0;  // the last one that it got: of equal targets only one counts
  };
  using resolver_type = boost::asio::ip::basic_resolver<boost::asio::ip::tcp, fly::executor>;
  using error_code = boost::system::error_code;

  // -- opening
  void dial();
  void connect(const resolver_type::results_type& found);
  void greet();
  void on_greeting(const fly::packet& what);
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
  void on_link_packet(const fly::packet& what);
  void take_publication(const fly::packet& what);
  void watch_congestion();
  void look_for_room();
  void end_slow();

  edge& edge_;
  const backend_endpoint& backend_;
  std::string secret_ = backend_.secret;
  state state_ = state::down;
  resolver_type resolver_;
  fly::tcp_socket socket_;  // while it connects
  fly::byte_stream_ptr stream_;
  std::size_t last_frame_ = 0;  // where it begins in what is queued
  fly::steady_timer timer_;
  back_off pauses_{first_pause, longest_pause};
  bool proved_ = false;  // and waits for the backend to agree
  bool complained_ = false;
  bool congested_ = false;
  std::string why_down_;
  std::string nonce_;
  std::string in_;
  std::vector<place> places_;  // by client id; the first is the link itself
  std::uint32_t frames_ = 0;
  std::vector<fly::client_id> free_;
  fly::packet_reader link_reader_;
  backend_calls calls_;
};

}  // namespace ability
