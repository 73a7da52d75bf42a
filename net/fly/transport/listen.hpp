/// Accepts FlyRPC clients, whatever carries the packets.
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

/// How to listen.
struct listen_options {
  std::string certificate_file = {};                    ///< for tls and wss: PEM chain, own certificate first
  std::string key_file = {};                            ///< for tls and wss: PEM
  std::size_t max_connections = 100'000;                ///< open at a time, or making their handshake; UDP: peers
  std::chrono::milliseconds handshake_timeout{10'000};  ///< of TLS and WebSocket together
  std::size_t udp_buffer = default_udp_buffer;          ///< bytes, at most `max_udp_buffer`
  std::chrono::milliseconds udp_idle{60'000};           ///< a peer that is silent that long is gone
  fly::profile profile = fly::profile::normal;
};

/// What a listener did since it began.
struct listener_counters {
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;            ///< came when there were `max_connections`
  std::uint64_t failed_handshakes = 0;  ///< of TLS and WebSocket: wrong, or too slow
  std::uint64_t dropped_malformed = 0;  ///< UDP: datagrams that are not one packet, or hold more than `udp_buffer`
  std::uint64_t dropped_unproved = 0;   ///< UDP: datagrams that only a peer may send
  std::uint64_t dropped_paused = 0;     ///< UDP: packets for peers that are paused
  std::uint64_t cookies_sent = 0;       ///< UDP: addresses that were asked to prove themselves
};

/// A socket that accepts. Used on the executor's thread. Destroying it closes it.
class listener {
public:
  listener() = default;
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;
  virtual ~listener() = default;

  /// Where it listens: the address as it was given, with the port that it has.
  virtual address local() const = 0;

  /// Accepts no more, and ends handshakes that are under way. Connections stay, but for UDP, whose peers are closed.
  virtual void close() = 0;

  virtual listener_counters counters() const = 0;
};

/// What may help where a socket cannot be bound; empty: nothing that is known.
std::string listen_remedy(const boost::system::error_code& why);

/// A listener, or a sentence: which address, why not, and what may help.
using listen_result = boost::system::result<std::unique_ptr<listener>, std::string>;

/// Listens at `where`; a port of 0 takes any free one. Calls `on_accept` with each transport, ready to be started;
/// whoever does not start it closes it or lets it go. A UDP peer has proved its address by then, and its Helo is its
/// first packet. A WebSocket is let in at the path of `where` only, from any origin: what a browser may do is up to
/// the Helo's token.
listen_result listen(const executor& on, const address& where, listen_options options,
                     std::function<void(transport_ptr)> on_accept);

class byte_stream;

/// The same, but hands out the bare connections, TLS handshake made. `where` is of tcp or tls.
listen_result listen_streams(const executor& on, const address& where, listen_options options,
                             std::function<void(std::shared_ptr<byte_stream>)> on_stream);

}  // namespace ability::fly
