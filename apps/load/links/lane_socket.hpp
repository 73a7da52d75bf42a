/// A TCP connection of a virtual client or publisher, with or without TLS. Small while idle, and cheap to read.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "apps/load/links/departures.hpp"
#include "apps/load/links/endpoints.hpp"
#include "apps/load/links/socket_watch.hpp"
#include "net/io/tls.hpp"

namespace ability::load {

/// Short, constant reason for an `errno` of a failed connection, because reports group by it: `connection refused`.
std::string reason_of(int error);

/// Source and destination of a connection.
struct route {
  const endpoint* to = nullptr;
  const fly::tls_context* tls = nullptr;  ///< null: no TLS
  boost::asio::ip::address_v4 from = {};  ///< 0.0.0.0: chosen by the system; only used for loopback addresses
};

/// All functions are called on the lane. A callback may destroy the socket, which resets the connection.
class lane_socket final : private watched {
public:
  /// Owner of the connection. It is never called from within a function of the socket.
  class user {
  public:
    virtual void on_open() = 0;                          ///< connected, including TLS
    virtual void on_input(std::string_view bytes) = 0;   ///< valid during the call
    virtual void on_broken(const std::string& why) = 0;  ///< the last call; the socket is closed
  protected:
    ~user() = default;
  };

  lane_socket(socket_watch& watch, user& whose) : watch_{watch}, user_{whose} {}
  lane_socket(const lane_socket&) = delete;
  lane_socket& operator=(const lane_socket&) = delete;
  ~lane_socket();

  /// Begins to connect, trying each address in turn. All objects that `how` refers to outlive the socket.
  void connect(const route& how);

  /// Sends the bytes; queues those that the connection does not accept yet.
  void write(std::string_view bytes);
  std::size_t queued() const noexcept { return out_.size(); }

  void pause() noexcept { paused_ = true; }
  void resume();

  /// Resets the connection. A new connect is possible.
  void drop() noexcept;

  /// Waits for the other side to end the connection, for two seconds, and closes it then; further input is discarded.
  /// Queued bytes are lost.
  void leave(departures& into);

private:
  enum class state : unsigned char { closed, connecting, securing, open };

  void on_ready(bool ended, bool broken) override;
  void try_next(int last_error);
  int take_error() const noexcept;
  void finish_connecting();
  void secure();
  void opened();
  void flush();
  bool receive(bool to_the_end);
  long read_some(std::span<char> into, std::string& why);
  void fail_later(std::string why);
  void fail(const std::string& why);

  socket_watch& watch_;
  user& user_;
  route route_;
  int socket_ = -1;
  state state_ = state::closed;
  bool paused_ = false;
  bool wants_write_ = false;  // waits for the socket to become writable
  std::uint8_t next_address_ = 0;
  bool* gone_ = nullptr;  // set when it is destroyed or dropped during a callback
  std::unique_ptr<fly::tls_session> tls_;
  std::unique_ptr<std::string> failure_;  // to be reported
  std::string out_;
};

}  // namespace ability::load
