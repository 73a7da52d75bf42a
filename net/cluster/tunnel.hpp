/// The way of other nodes and of monitoring programs into this node: the only sockets that lead to CAF's middleman, and
/// what has to be proved before anything gets there (docs/protocols/cluster.md "Connection").
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
#include "net/cluster/tunnel_settings.hpp"
#include "net/io/tls.hpp"
#include "net/lane/io_lane.hpp"

namespace ability {

struct tunnel_common;
class tunnel_listener;

/// The certificates that the ends of connections show each other; null: nothing, at loopback addresses.
struct tunnel_tls {
  std::shared_ptr<const fly::tls_context> nodes = {};
  std::shared_ptr<const fly::tls_context> programs = {};
};

/// Makes the actor that a monitoring program gets to see. It is told `passage_closed` when the program is gone.
using visitor_factory = std::function<visitor_actor(passage_ptr)>;

/// Listens, dials, and holds all connections. Used on `home`'s thread, but for `counters` and the functions that say
/// so.
///
/// Nodes are dialled by addresses that they told each other, so the name in a node's certificate does not matter; that
/// the cluster's authority has signed it does, and so does the secret.
class tunnel final : public cluster_network {
public:
  using endpoint = boost::asio::ip::tcp::endpoint;

  /// `home` and `system`, which has the middleman (`configure_middleman`), outlive this. `make_visitor` may be null if
  /// there is no monitor.
  tunnel(io_lane& home, caf::actor_system& system, tunnel_settings settings, visitor_factory make_visitor);
  tunnel(const tunnel&) = delete;
  tunnel& operator=(const tunnel&) = delete;

  /// Ends all connections without a word. On `home`, or once that does not run any more.
  ~tunnel() override;

  /// Loads the certificates, binds and listens; the error is a sentence with the remedy. Before `home` runs, too.
  boost::system::result<void, std::string> open();

  /// Loads what `settings` name; the error is a sentence with the remedy. Blocks; any thread.
  static boost::system::result<tunnel_tls, std::string> load_certificates(const tunnel_settings& settings);

  /// Takes others, for connections to come.
  void use(tunnel_tls certificates, std::string secret);

  /// Where it listens. Before `home` runs, too.
  std::optional<endpoint> cluster_address() const;
  std::optional<endpoint> monitor_address() const;

  /// Replaces `settings.self`: who has a port picked for it knows its address late. Before `start`.
  void introduce_as(member self);

  /// Begins to accept. `owner`, null without a cluster, is told of nodes that knock, and is held until `close`.
  void start(cluster_actor owner);

  void dial(const std::string& address, std::uint64_t attempt, cluster_actor owner) override;
  void resolve(const std::string& name, cluster_actor owner) override;

  /// Accepts and dials no more, and closes all connections: handshakes at once, others after what was sent has left, in
  /// 2.5 s at most. Then `done` is called, if given.
  void close(std::function<void()> done = nullptr);

  /// Any thread.
  const tunnel_counters& counters() const noexcept;

private:
  boost::system::result<void, std::string> listen(const tunnel_address& where, bool for_nodes);

  std::shared_ptr<tunnel_common> common_;
  std::shared_ptr<tunnel_listener> nodes_;
  std::shared_ptr<tunnel_listener> programs_;
};

}  // namespace ability
