/// Where clients and publications come into the daemon.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apps/abilityd/daemon.hpp"
#include "net/fly_gateway/fly_udp_listener.hpp"
#include "net/lane/acceptor.hpp"
#include "net/lane/lane_context.hpp"

namespace ability {

/// The listeners of a daemon, and the certificate that they show. What goes wrong is logged. On the first lane's
/// thread, or before it runs.
class entrances {
public:
  /// `settings`, and `edges`, of which there is one for each lane, outlive this.
  entrances(const daemon_settings& settings, const std::vector<std::unique_ptr<edge>>& edges);
  entrances(const entrances&) = delete;
  entrances& operator=(const entrances&) = delete;

  /// Loads the certificate and listens; nobody is let in yet. Whether all of it went well.
  bool open();

  /// Shows another certificate to connections to come. Where there was none there is none. Any thread.
  void show(std::shared_ptr<const fly::tls_context> certificate);

  /// Answers probes from now on, if they have a port of their own. Any thread.
  void start_operations();

  /// Lets in who comes. Any thread.
  void start();

  /// Lets nobody in any more. Any thread.
  void close();

  /// Where clients connect. Once it is open, any thread.
  std::uint16_t port() const;
  std::string page_url() const;

  /// Logs the URLs of what is served. Once it is open, any thread.
  void log_endpoints() const;

private:
  bool load_certificate();
  /// Where to listen, and the options that say so.
  struct door {
    const std::string& host;
    std::uint16_t port;
    const char* host_option;
    const char* port_option;
  };

  bool listen(const door& where, service serves, const std::shared_ptr<tls_slot>& tls);
  bool listen_for_fly(const fly::address& where);
  std::string origin(std::string_view scheme, std::uint16_t at) const;
  boost::asio::io_context& io() { return edges_.front()->lane.io(); }

  const daemon_settings& settings_;
  const std::vector<std::unique_ptr<edge>>& edges_;
  std::vector<std::shared_ptr<listener>> listeners_;
  std::vector<std::shared_ptr<listener>> operations_listeners_;
  std::vector<std::unique_ptr<fly_udp_listener>> udp_listeners_;
  std::shared_ptr<tls_slot> tls_;
};

}  // namespace ability
