// Names in scenarios and reports.
#include <array>
#include <cstddef>

#include "apps/load/scenario/steps.hpp"
#include "apps/load/scenario/tally.hpp"

namespace ability::load {

const char* name_of(transport which) noexcept {
  switch (which) {
    case transport::action_cable:
      return "action_cable";
    case transport::action_cable_ext:
      return "action_cable_ext";
    case transport::fly_tcp:
      return "fly_tcp";
    case transport::fly_tcp_ext:
      return "fly_tcp_ext";
    case transport::fly_udp:
      return "fly_udp";
    case transport::fly_udp_ext:
      return "fly_udp_ext";
    case transport::fly_websocket:
      return "fly_websocket";
    case transport::fly_websocket_ext:
      return "fly_websocket_ext";
  }
  return "";
}

const char* name_of(publish_by which) noexcept {
  switch (which) {
    case publish_by::http:
      return "http";
    case publish_by::redis:
      return "redis";
    case publish_by::fly:
      return "fly";
  }
  return "";
}

const char* name_of(tally which) noexcept {
  static constexpr std::array<const char*, tally_count> names{
      "connected",      "connect_failures", "disconnects",  "subscribed", "rejected",  "resumed",
      "resume_refused", "performed",        "published",    "refused",    "delivered", "lost",
      "missed",         "duplicates",       "out_of_order", "foreign",    "unmet",     "failed_clients"};
  return names[static_cast<std::size_t>(which)];
}

}  // namespace ability::load
