#include "apps/load/links/lane_network.hpp"

#include <utility>

#include "apps/load/links/action_cable_link.hpp"
#include "apps/load/links/fly_link.hpp"
#include "apps/load/links/fly_publish_link.hpp"
#include "apps/load/links/http_publish_link.hpp"
#include "apps/load/links/redis_publish_link.hpp"
#include "protocol/action_cable/messages.hpp"

namespace ability::load {

namespace {

constexpr std::size_t clients_per_address = 2'500;

boost::asio::ip::address_v4 source_of(std::size_t client) {
  constexpr std::uint32_t first = 0x7f000002;
  constexpr std::uint32_t count = 0x00fffffc;  // addresses, up to 127.255.255.253
  return boost::asio::ip::address_v4{first + static_cast<std::uint32_t>(client / clients_per_address % count)};
}

}  // namespace

lane_network::lane_network(io_lane& lane, std::shared_ptr<const reachable_target> where, std::uint32_t run)
    : parts_{lane.io(), std::move(where), run} {
  for (const auto& each : parts_.where->cable) {
    requests_.push_back(cable_request::of(each, parts_.where->given, subprotocol_json));
    ext_requests_.push_back(cable_request::of(each, parts_.where->given, subprotocol_ext_json));
  }
  for (const auto& each : parts_.where->fly)
    (each.scheme == "udp" ? datagrams_ : streams_).push_back(&each);
}

lane_network::~lane_network() = default;

const endpoint& lane_network::fly_endpoint(transport speaks, std::size_t client) const {
  if (speaks == transport::fly_websocket || speaks == transport::fly_websocket_ext)
    return parts_.where->cable[client % parts_.where->cable.size()];
  const auto& all = speaks == transport::fly_udp || speaks == transport::fly_udp_ext ? datagrams_ : streams_;
  return *all[client % all.size()];
}

std::unique_ptr<client_link> lane_network::connect(transport speaks, std::size_t client, link_callback told) {
  if (!is_action_cable(speaks))
    return std::make_unique<fly_link>(parts_, fly_endpoint(speaks, client), is_extended(speaks), std::move(told));
  const auto which = client % parts_.where->cable.size();
  const auto& to = parts_.where->cable[which];
  const auto& requests = speaks == transport::action_cable_ext ? ext_requests_ : requests_;
  return std::make_unique<action_cable_link>(parts_, route{&to, tls_for(to), source_of(client)}, requests[which],
                                             std::move(told));
}

std::unique_ptr<publish_link> lane_network::open_publisher(publish_by by, std::size_t publisher,
                                                           publish_callback told) {
  const auto& where = *parts_.where;
  if (by == publish_by::redis)
    return std::make_unique<redis_publish_link>(parts_, route{&*where.redis, nullptr, {}}, std::move(told));
  if (by == publish_by::fly) {
    const auto carrier = !streams_.empty()     ? transport::fly_tcp
                         : !datagrams_.empty() ? transport::fly_udp
                                               : transport::fly_websocket;
    return std::make_unique<fly_publish_link>(parts_, fly_endpoint(carrier, publisher), std::move(told));
  }
  const auto& to = where.http[publisher % where.http.size()];
  return std::make_unique<http_publish_link>(parts_, route{&to, tls_for(to), {}}, std::move(told));
}

const fly::tls_context* lane_network::tls_for(const endpoint& to) const {
  return to.secure() ? parts_.where->tls.get() : nullptr;
}

std::unique_ptr<timer_ticket> lane_network::call_at(std::int64_t at_ns, std::function<void()> due) {
  return parts_.timers.call_at(at_ns, std::move(due));
}

}  // namespace ability::load
