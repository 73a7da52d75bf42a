/// The tunnel: the only sockets by which other nodes and monitoring programs reach CAF's middleman, and the handshakes
/// required before (docs/protocols/cluster.md "Connection").
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/result.hpp>
#include <caf/fwd.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "actors/cluster/peer_network.hpp"
#include "config/settings/cluster_settings.hpp"
#include "net/cluster/tunnel_counters.hpp"
#include "net/io/tls.hpp"
#include "net/lane/io_lane.hpp"

namespace ability {

struct tunnel_common;
class tunnel_listener;

/// TLS for connections with nodes and with monitoring programs; null: no TLS, at loopback addresses only.
struct tunnel_tls {
  std::shared_ptr<const fly::tls_context> nodes = {};
  std::shared_ptr<const fly::tls_context> programs = {};
};

/// Spawns the monitor session of a monitoring program. It gets `peer_connection_closed` when the program is gone.
using monitor_session_factory = std::function<monitor_session_actor(peer_connection_ptr)>;

/// Listens, dials and holds all connections. Use on `home`'s thread, except functions that state otherwise.
///
/// Nodes are dialled by addresses that they told each other, so the name in a node's certificate is not checked. The
/// signature of the cluster's authority and the secret are.
class tunnel final : public cluster_network {
public:
  using endpoint = boost::asio::ip::tcp::endpoint;

  /// `home` and `system`, which has the middleman (`configure_middleman`), outlive this. `make_monitor_session` may be
  /// null if there is no monitor.
  tunnel(io_lane& home, caf::actor_system& system, tunnel_settings settings,
         monitor_session_factory make_monitor_session);
  tunnel(const tunnel&) = delete;
  tunnel& operator=(const tunnel&) = delete;

  /// Closes all connections without a farewell. On `home`, or after it has stopped.
  ~tunnel() override;

  /// Loads the certificates, binds and listens; the error is a sentence with the remedy. `home` need not run.
  boost::system::result<void, std::string> open();

  /// Loads the files named in `settings`; the error is a sentence with the remedy. Blocks; any thread.
  static boost::system::result<tunnel_tls, std::string> load_certificates(const tunnel_settings& settings);

  /// Replaces certificates and secret for future connections. An empty secret is ignored while nodes may connect, as
  /// everybody can prove it.
  void use(tunnel_tls certificates, std::string secret);

  /// Addresses that it listens at. `home` need not run.
  std::optional<endpoint> cluster_address() const;
  std::optional<endpoint> monitor_address() const;

  /// Replaces `settings.self`: a port chosen by the system is known only after `open`. Call before `start`.
  void introduce_as(member self);

  /// Begins to accept. `owner`, null without a cluster, gets the join requests and is held until `close`.
  void start(cluster_actor owner);

  void dial(const std::string& address, std::uint64_t attempt, cluster_actor owner) override;
  void resolve(const std::string& name, cluster_actor owner) override;

  /// Stops accepting and dialling, and closes all connections: handshakes at once, others after flushing, within 2.5 s.
  /// Then calls `done`, if given.
  void close(std::function<void()> done = nullptr);

  /// Closes all connections at once, also those that `close` still flushes.
  void cut();

  /// Any thread.
  const tunnel_counters& counters() const noexcept;

private:
  boost::system::result<void, std::string> listen(const tunnel_address& where, bool for_nodes);

  std::shared_ptr<tunnel_common> common_;
  std::shared_ptr<tunnel_listener> nodes_;
  std::shared_ptr<tunnel_listener> programs_;
};

}  // namespace ability
