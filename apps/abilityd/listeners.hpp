/// The listeners for clients and publishers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apps/abilityd/daemon.hpp"
#include "net/fly_gateway/fly_udp_listener.hpp"
#include "net/lane/lane_context.hpp"
#include "net/lane/listener.hpp"

namespace ability {

/// The listeners of a daemon and their certificate. Errors are logged. Used on the first lane's thread, or before it
/// runs.
class listeners {
public:
  /// `settings` and `contexts`, one per lane, outlive this.
  listeners(const daemon_settings& settings, const std::vector<std::unique_ptr<lane_context>>& contexts);
  listeners(const listeners&) = delete;
  listeners& operator=(const listeners&) = delete;

  /// Loads the certificate and opens the sockets; no client is accepted yet. True if all of it succeeded.
  bool open();

  /// Replaces the certificate for new connections. Without a previous certificate there is no effect. Any thread.
  void show(std::shared_ptr<const fly::tls_context> certificate);

  /// Starts to answer health probes and metrics, if they have a port of their own. Any thread.
  void start_operations();

  /// Starts to accept clients and publishers. Any thread.
  void start();

  /// Stops accepting clients and publishers. Any thread.
  void close();

  /// The port for clients. Any thread, once it is open.
  std::uint16_t port() const;
  std::string page_url() const;

  /// Logs the URLs of all services. Any thread, once it is open.
  void log_endpoints() const;

private:
  bool load_certificate();
  /// An address to listen on, and the options that set it.
  struct door {
    const std::string& host;
    std::uint16_t port;
    const char* host_option;
    const char* port_option;
  };

  bool listen(const door& where, service serves, const std::shared_ptr<tls_slot>& tls);
  bool listen_for_fly(const fly::address& where);
  std::string origin(std::string_view scheme, std::uint16_t at) const;
  boost::asio::io_context& io() { return contexts_.front()->lane.io(); }

  const daemon_settings& settings_;
  const std::vector<std::unique_ptr<lane_context>>& contexts_;
  std::vector<std::shared_ptr<listener>> listeners_;
  std::vector<std::shared_ptr<listener>> operations_listeners_;
  std::vector<std::unique_ptr<fly_udp_listener>> udp_listeners_;
  std::shared_ptr<tls_slot> tls_;
};

}  // namespace ability
