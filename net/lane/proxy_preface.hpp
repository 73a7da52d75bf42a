/// The header in which a trusted proxy reports its client's address, before the client's bytes.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "net/lane/lane_context.hpp"
#include "net/lane/outbox.hpp"

namespace ability {

/// Reads exactly the PROXY protocol's header from a connection. Closes and counts a connection without one, or that
/// exceeds the handshake timeout. Use on its lane only; alive as long as it waits.
class proxy_preface final : public std::enable_shared_from_this<proxy_preface>, public stoppable, private wheel_timer {
public:
  /// Called with the connection and the client's IP address, which is empty if the proxy connects for itself.
  using opener = std::function<void(outbox::socket_type socket, std::string client)>;

  static void start(lane_context& where, outbox::socket_type socket, opener open);

  proxy_preface(lane_context& where, outbox::socket_type socket, opener open);

  void stop() override;

private:
  void on_timer() override;
  void wait();
  void read();
  void refuse(const char* why);

  lane_context& context_;
  outbox::socket_type socket_;
  opener open_;
  std::string read_;
};

/// True if this connection begins with such a header: `--proxy-protocol` is set, and its peer is a trusted proxy.
bool has_proxy_preface(const lane_context& where, const outbox::socket_type& socket);

}  // namespace ability
