/// A TCP connection of a virtual client or publisher, with TLS or without: small while it is idle, and cheap to read.
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

/// Why a connection failed, by `errno`: short and the same each time, since reports group by it: `connection refused`.
std::string reason_of(int error);

/// Where a connection comes from and goes to.
struct route {
  const endpoint* to = nullptr;
  const fly::tls_context* tls = nullptr;  ///< null: without
  boost::asio::ip::address_v4 from = {};  ///< 0.0.0.0: the system chooses; only used to loopback addresses
};

/// All functions are called on the lane. May be destroyed by what it calls; that resets the connection.
class lane_socket final : private watched {
public:
  /// Whose connection it is. Nothing is called from within a function of the socket.
  class user {
  public:
    virtual void on_open() = 0;                          ///< connected, TLS and all
    virtual void on_input(std::string_view bytes) = 0;   ///< valid during the call
    virtual void on_broken(const std::string& why) = 0;  ///< the last; the socket is closed
  protected:
    ~user() = default;
  };

  lane_socket(socket_watch& watch, user& whose) : watch_{watch}, user_{whose} {}
  lane_socket(const lane_socket&) = delete;
  lane_socket& operator=(const lane_socket&) = delete;
  ~lane_socket();

  /// Begins to connect, to each address in turn until one answers. What `how` points to outlives the socket.
  void connect(const route& how);

  /// Sends, or keeps for later what the connection does not take yet.
  void write(std::string_view bytes);
  std::size_t queued() const noexcept { return out_.size(); }

  void pause() noexcept { paused_ = true; }
  void resume();

  /// Resets the connection. It may connect again.
  void drop() noexcept;

  /// Lets the other side end the connection, within two seconds, and closes then; what it still sends is not read.
  /// What is queued is lost.
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
  bool wants_write_ = false;  // is told when it can be written
  std::uint8_t next_address_ = 0;
  bool* gone_ = nullptr;  // set when it is destroyed or dropped while it calls
  std::unique_ptr<fly::tls_session> tls_;
  std::unique_ptr<std::string> failure_;  // to be told
  std::string out_;
};

}  // namespace ability::load
