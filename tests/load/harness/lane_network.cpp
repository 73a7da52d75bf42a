#include "tests/load/harness/lane_network.hpp"

#include <utility>

#include "protocol/action_cable.hpp"
#include "tests/load/harness/action_cable_link.hpp"
#include "tests/load/harness/http_publish_link.hpp"
#include "tests/load/harness/redis_publish_link.hpp"
#include "tests/load/harness/upgrade.hpp"

namespace ability::load {

namespace {

constexpr std::size_t clients_per_address = 2'500;

boost::asio::ip::address_v4 source_of(std::size_t client) {
  constexpr std::uint32_t first = 0x7f000002;
  constexpr std::uint32_t count = 0x00fffffc;  // up to 127.255.255.253
  return boost::asio::ip::address_v4{first + static_cast<std::uint32_t>(client / clients_per_address % count)};
}

}  // namespace

lane_network::lane_network(io_lane& lane, std::shared_ptr<const reachable_target> where, std::uint32_t run)
    : parts_{lane.io(), std::move(where), run} {
  for (const auto& each : parts_.where->cable)
    requests_.push_back(upgrade_request_for(each, parts_.where->given, subprotocol_json));
}

lane_network::~lane_network() = default;

std::unique_ptr<client_link> lane_network::connect(transport speaks, std::size_t client, link_callback told) {
  const auto tls_for = [this](const endpoint& to) { return to.secure() ? parts_.where->tls.get() : nullptr; };
  if (speaks != transport::action_cable)
    return nullptr;
  const auto which = client % parts_.where->cable.size();
  const auto& to = parts_.where->cable[which];
  return std::make_unique<action_cable_link>(parts_, route{&to, tls_for(to), source_of(client)}, requests_[which],
                                             std::move(told));
}

std::unique_ptr<publish_link> lane_network::open_publisher(publish_by by, std::size_t publisher,
                                                           publish_callback told) {
  if (by == publish_by::redis)
    return std::make_unique<redis_publish_link>(parts_, route{&*parts_.where->redis, nullptr, {}}, std::move(told));
  const auto& to = parts_.where->http[publisher % parts_.where->http.size()];
  return std::make_unique<http_publish_link>(parts_, route{&to, to.secure() ? parts_.where->tls.get() : nullptr, {}},
                                             std::move(told));
}

std::unique_ptr<timer_ticket> lane_network::call_at(std::int64_t at_ns, std::function<void()> due) {
  return parts_.timers.call_at(at_ns, std::move(due));
}

}  // namespace ability::load
