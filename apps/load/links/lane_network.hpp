/// The network of one lane's virtual clients, over sockets.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "apps/load/links/lane_parts.hpp"
#include "apps/load/links/network.hpp"
#include "apps/load/links/upgrade.hpp"
#include "net/lane/io_lane.hpp"

namespace ability::load {

/// `connect` and `open_publisher` REQUIRE that the target has a fitting URL; `run` checks that before.
///
/// Action Cable clients of servers on this machine use the addresses from 127.0.0.2 on, 2,500 clients each, so that
/// ports suffice.
class lane_network final : public network {
public:
  /// `run`: the run whose stamps count. Throws boost::system::system_error if no descriptor is available.
  lane_network(io_lane& lane, std::shared_ptr<const reachable_target> where, std::uint32_t run);
  ~lane_network() override;

  std::unique_ptr<client_link> connect(transport speaks, std::size_t client, link_callback told) override;
  std::unique_ptr<publish_link> open_publisher(publish_by by, std::size_t publisher, publish_callback told) override;
  std::int64_t now_ns() const override { return monotonic_ns(); }
  std::unique_ptr<timer_ticket> call_at(std::int64_t at_ns, std::function<void()> due) override;

private:
  const endpoint& fly_endpoint(transport speaks, std::size_t client) const;
  const fly::tls_context* tls_for(const endpoint& to) const;

  lane_parts parts_;
  std::vector<const endpoint*> streams_;    // FlyRPC over TCP and TLS
  std::vector<const endpoint*> datagrams_;  // FlyRPC over UDP
  std::vector<cable_request> requests_;     // Action Cable's handshake requests, by URL
  std::vector<cable_request> ext_requests_;
};

}  // namespace ability::load
