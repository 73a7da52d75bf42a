/// Connects to a FlyRPC server, whatever carries the packets.
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

/// Payload of a datagram that passes any network in one piece.
inline constexpr std::size_t default_udp_buffer = 1'200;
/// The most that an IPv4 datagram holds behind the header of a packet.
inline constexpr std::size_t max_udp_buffer = 65'501;

class tls_context;

/// How to connect.
struct dial_options {
  std::chrono::milliseconds timeout{10'000};    ///< for all of it: look-up, connection, handshakes
  std::string ca_file = {};                     ///< PEM of the authorities to trust; empty: those of the system
  std::shared_ptr<const tls_context> tls = {};  ///< in place of what `ca_file` and `verify` say, read once for many
  bool verify = true;                           ///< the server's certificate and its name are checked
  std::size_t udp_buffer = default_udp_buffer;  ///< bytes, at most `max_udp_buffer`
  fly::profile profile = fly::profile::normal;
};

/// A transport that is connected but was not started, or a sentence: which address, why not, and what may help.
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
/// and WebSocket. Calls `done` once, on the executor, but not from within this function, at the latest when the
/// timeout has passed; the `dialing` may be destroyed there. A look-up in progress holds back the end of the event
/// loop's `run()`, as the system cannot cancel it. Over UDP nothing is sent yet: the cookie is up to who makes the
/// Helo.
[[nodiscard]] std::unique_ptr<dialing> async_dial(const executor& on, const address& where, dial_options options,
                                                  std::function<void(dial_result)> done);

}  // namespace ability::fly
