#include "apps/abilityd/client_protocols.hpp"

#include <utility>

#include "net/action_cable/action_cable_session.hpp"
#include "net/fly_gateway/fly_session.hpp"
#include "net/websocket/websocket_session.hpp"
#include "protocol/action_cable/messages.hpp"
#include "protocol/fly/packet.hpp"

namespace ability {

namespace {

void start_action_cable(lane_context& where, upgrade_order order) {
  const auto habit = ping_habit_of(where.settings, order.request, order.subprotocol);
  const bool extended = order.subprotocol == subprotocol_ext_json;
  start_websocket<action_cable_session>(where, std::move(order), habit, extended);
}

void start_fly_websocket(lane_context& where, upgrade_order order) {
  start_websocket<fly_session>(where, std::move(order));
}

}  // namespace

std::vector<client_protocol> client_protocols() {
  return {{.subprotocol = subprotocol_json, .start = start_action_cable},
          {.subprotocol = subprotocol_ext_json, .start = start_action_cable},
          {.subprotocol = fly::subprotocol, .start = start_fly_websocket},
          {.subprotocol = {}, .start = start_action_cable}};
}

}  // namespace ability
