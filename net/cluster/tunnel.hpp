/// The way of other nodes and of monitoring programs into this node: the only sockets that lead to CAF's middleman, and
/// what has to be proved before anything gets there (design.md section 8).
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/result.hpp>
#include <caf/fwd.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "actors/cluster_network.hpp"
#include "actors/counters.hpp"
#include "net/io_lane.hpp"

namespace ability {

struct tunnel_common;
class tunnel_listener;

/// Where to listen.
struct tunnel_address {
  std::string host;  ///< a name or an IP address
  std::uint16_t port = 0;
};

/// Bounds, of each connection where nothing else is said.
struct tunnel_limits {
  std::size_t handshakes = 256;  ///< accepted connections that are not up yet; more are closed at once
  std::size_t programs = 64;     ///< monitoring programs at a time
  std::size_t node_messages = 1'000;
  std::size_t program_messages = 100;  ///< that no actor has handled yet; then reading stops
  std::size_t node_payload = std::size_t{1} << 20;
  std::size_t program_payload = std::size_t{64} << 10;  ///< bytes of one message
  std::chrono::milliseconds handshake{3'000};           ///< until it is up: TLS, greeting and BASP together
  std::chrono::milliseconds stalled{10'000};            ///< reading may have stopped; then it is closed
};

/// What the tunnel is told. Without TLS's three files nodes are reached at loopback addresses only, and so are
/// monitoring programs without the first two and `monitor_ca_file`.
struct tunnel_settings {
  std::optional<tunnel_address> cluster = {};  ///< where other nodes dial this one
  std::optional<tunnel_address> monitor = {};  ///< where monitoring programs attach
  std::string certificate_file = {};           ///< PEM chain, own certificate first: for both, at either end
  std::string key_file = {};                   ///< PEM
  std::string ca_file = {};                    ///< PEM: who signs the certificates of nodes
  std::string monitor_ca_file = {};            ///< PEM: who signs those of monitoring programs
  std::string secret = {};                     ///< of the cluster
  member self = {};
  tunnel_limits limits = {};
};

/// Why a connection was not let in, or not left in.
enum class tunnel_refusal : std::uint8_t {
  malformed,
  handshake_timeout,
  tls_failed,
  wrong_secret,
  wrong_version,
  other,
};
inline constexpr std::size_t tunnel_refusals = 6;

/// As in metrics and logs.
std::string_view name_of(tunnel_refusal which) noexcept;

/// Written on the tunnel's lane only.
struct tunnel_counters {
  counter accepted;                              ///< connections, whatever became of them
  std::array<counter, tunnel_refusals> refused;  ///< by `tunnel_refusal`
  counter dropped;  ///< messages of peers that were let in, to others than their actor or of types that no peer sends
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

  /// Loads the certificates again, for connections to come. On failure all stays as it is.
  boost::system::result<void, std::string> load_certificates();

  /// Where it listens. Before `home` runs, too.
  std::optional<endpoint> cluster_address() const;
  std::optional<endpoint> monitor_address() const;

  /// Replaces `settings.self`: who has a port picked for it knows its address late. Before `start`.
  void introduce_as(member self);

  /// Begins to accept. `owner`, null without a cluster, is told of nodes that knock, and is held until `close`.
  void start(cluster_actor owner);

  void dial(const std::string& address, std::uint64_t attempt, cluster_actor owner) override;

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
