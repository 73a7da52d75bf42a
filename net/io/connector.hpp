/// Connecting to a host: look-up of its name, then its addresses in turn.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/result.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/io/byte_stream.hpp"

namespace ability::fly {

/// Reason why a host was not reached.
struct connect_failure {
  enum class stage : std::uint8_t {
    look_up,
    choice,  ///< the options exclude all of its addresses
    connect,
  };
  stage at;
  boost::system::error_code code;  ///< of the last address; `timed_out` at the deadline
};

/// Limits of an attempt to connect.
struct connect_options {
  /// Ends the attempt; until then, each address has an equal share of the remaining time.
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  bool loopback_only = false;
};

/// One attempt at a time. Part of its user, which the pending operation keeps alive through `done`. `done` is called
/// once, later, unless the attempt was cancelled; it is then destroyed at once. A look-up under way delays the end of
/// the event loop's `run()`, as the system cannot cancel it.
class connector {
public:
  using endpoints = std::vector<boost::asio::ip::tcp::endpoint>;
  using look_up_result = boost::system::result<endpoints, connect_failure>;
  using connect_result = boost::system::result<tcp_socket, connect_failure>;

  explicit connector(const executor& on) : on_{on} {}
  connector(const connector&) = delete;
  connector& operator=(const connector&) = delete;
  ~connector() { cancel(); }

  /// Finds the addresses of `host`, a name or an IP address; at least one.
  void look_up(const std::string& host, std::uint16_t port, const connect_options& options,
               std::function<void(look_up_result)> done);

  /// Connects to the first address of `host` that answers.
  void connect(const std::string& host, std::uint16_t port, const connect_options& options,
               std::function<void(connect_result)> done);

  /// Ends the attempt, if there is one.
  void cancel();

private:
  class attempt;
  std::shared_ptr<attempt> begin(const connect_options& options);

  const executor on_;
  std::weak_ptr<attempt> under_way_;  // owned by its pending operations
};

}  // namespace ability::fly
