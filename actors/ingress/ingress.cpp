#include "actors/ingress/ingress.hpp"

#include <caf/send.hpp>
#include <utility>

#include "actors/broadcast/messages.hpp"
#include "actors/ingress/messages.hpp"

namespace ability {

namespace {

void pass_on(const lane_home& home, const remote_disconnect& order, scope how_far) {
  for (const auto& each : home.here.lanes) {
    const disconnect_identity message{order.identifier, order.reconnect};
    caf::anon_send(each->registry, message);
    caf::anon_send(each->sessions, message);
  }
  if (how_far == scope::everywhere && home.here.cluster)
    caf::anon_send(home.here.cluster, forward_disconnect{order});
}

void pass_on(const lane_home& home, std::vector<broadcast> messages, scope how_far,
             const std::shared_ptr<publication_receipt>& receipt) {
  auto& here = home.here;
  const auto now = here.now();
  std::vector<broadcasts> by_lane(here.lanes.size(), broadcasts{{}, how_far == scope::everywhere, receipt});
  for (std::size_t place = 0; place < messages.size(); ++place) {
    auto& due = by_lane[here.lane_of(messages[place].stream)].messages;
    due.push_back(std::make_shared<accepted_broadcast>(std::move(messages[place]), here.gate, now, place));
  }
  for (std::size_t i = 0; i < by_lane.size(); ++i)
    if (!by_lane[i].messages.empty())
      caf::anon_send(here.lanes[i]->directory, std::move(by_lane[i]));
}

}  // namespace

void publish(lane_home& home, publication what, scope how_far, const std::shared_ptr<publication_receipt>& receipt) {
  if (auto* order = std::get_if<remote_disconnect>(&what)) {
    home.counters.remote_commands.add();
    pass_on(home, *order, how_far);
  } else {
    pass_on(home, std::get<std::vector<broadcast>>(std::move(what)), how_far, receipt);
  }
}

}  // namespace ability
