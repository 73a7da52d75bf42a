/// Listening for FlyRPC clients over any transport.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "net/fly/transport/dial.hpp"
#include "net/fly/transport/transport.hpp"
#include "protocol/fly/address.hpp"

namespace ability::fly {

/// Options of a listener.
struct listen_options {
  std::string certificate_file = {};                    ///< for tls and wss: PEM chain, own certificate first
  std::string key_file = {};                            ///< for tls and wss: PEM
  std::size_t max_connections = 100'000;                ///< open or in their handshake; UDP: peers
  std::chrono::milliseconds handshake_timeout{10'000};  ///< of TLS and WebSocket together
  std::size_t udp_buffer = default_udp_buffer;          ///< bytes, at most `max_udp_buffer`
  std::chrono::milliseconds udp_idle{60'000};           ///< a UDP peer is closed after this silence
  fly::profile profile = fly::profile::normal;
};

/// Counts since the listener was opened.
struct listener_counters {
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;            ///< rejected because of `max_connections`
  std::uint64_t failed_handshakes = 0;  ///< of TLS and WebSocket: failed or timed out
  std::uint64_t dropped_malformed = 0;  ///< UDP: datagrams that are not one packet or exceed `udp_buffer`
  std::uint64_t dropped_unproved = 0;   ///< UDP: packets refused from unproved addresses
  std::uint64_t dropped_paused = 0;     ///< UDP: packets for paused peers
  std::uint64_t cookies_sent = 0;       ///< UDP: cookies sent to unproved addresses
};

/// A listening socket. Used on the executor's thread. Its destruction closes it.
class listener {
public:
  listener() = default;
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;
  virtual ~listener() = default;

  /// The address passed to `listen`, with the bound port.
  virtual address local() const = 0;

  /// Stops accepting, and ends pending handshakes. Connections stay open, except UDP peers, which are closed.
  virtual void close() = 0;

  virtual listener_counters counters() const = 0;
};

/// Advice for a socket that cannot be bound; empty if none is known.
std::string listen_remedy(const boost::system::error_code& why);

/// A listener, or a sentence with the address, the reason and a remedy.
using listen_result = boost::system::result<std::unique_ptr<listener>, std::string>;

/// Listens at `where`; port 0 selects a free one. Calls `on_accept` with each transport, to be started, closed or
/// destroyed by the callee. A UDP peer has proved its address by then; its Helo is its first packet. A WebSocket is
/// accepted only at the path of `where`, from any origin: the Helo's token decides on a browser's rights.
listen_result listen(const executor& on, const address& where, listen_options options,
                     std::function<void(transport_ptr)> on_accept);

class byte_stream;

/// Like `listen`, but passes on bare connections after their TLS handshake. `where` is tcp or tls.
listen_result listen_streams(const executor& on, const address& where, listen_options options,
                             std::function<void(std::shared_ptr<byte_stream>)> on_stream);

}  // namespace ability::fly
