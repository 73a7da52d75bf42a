/// Connection to a FlyRPC server over any transport.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "net/fly/transport/transport.hpp"
#include "protocol/fly/address.hpp"

namespace ability::fly {

/// Datagram payload in bytes that passes any network unfragmented.
inline constexpr std::size_t default_udp_buffer = 1'200;
/// Maximum bytes in an IPv4 datagram after a packet's header.
inline constexpr std::size_t max_udp_buffer = 65'501;

class tls_context;

/// Options of an attempt to connect.
struct dial_options {
  std::chrono::milliseconds timeout{10'000};    ///< of the whole attempt: look-up, connection, handshakes
  std::string ca_file = {};                     ///< PEM of the trusted authorities; empty: the system's
  std::shared_ptr<const tls_context> tls = {};  ///< replaces `ca_file` and `verify`; loaded once for many attempts
  bool verify = true;                           ///< check the server's certificate and name
  std::size_t udp_buffer = default_udp_buffer;  ///< bytes, at most `max_udp_buffer`
  fly::profile profile = fly::profile::normal;
};

/// A connected transport that was not started, or a sentence with the address, the reason and a remedy.
using dial_result = boost::system::result<transport_ptr, std::string>;

/// An attempt to connect. Destroying it ends the attempt; `done` is then destroyed without having been called.
class dialing {
public:
  dialing() = default;
  dialing(const dialing&) = delete;
  dialing& operator=(const dialing&) = delete;
  virtual ~dialing() = default;
};

/// Resolves the host of `where`, connects to the first of its addresses that answers, and makes the handshakes of TLS
/// and WebSocket. Calls `done` once, on the executor, never from within this function, and at the latest after the
/// timeout; `done` may destroy the `dialing`. A look-up in progress delays the end of the event loop's `run()`, as the
/// system cannot cancel it. Over UDP nothing is sent: the sender of the Helo handles the cookie.
[[nodiscard]] std::unique_ptr<dialing> async_dial(const executor& on, const address& where, dial_options options,
                                                  std::function<void(dial_result)> done);

}  // namespace ability::fly
