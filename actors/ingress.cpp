#include "actors/ingress.hpp"

#include <caf/send.hpp>
#include <utility>

#include "actors/messages.hpp"

namespace ability {

namespace {

void pass_on(const lane_home& home, const remote_disconnect& order) {
  for (const auto& each : home.here.lanes)
    caf::anon_send(each->registry, disconnect_identity{order.identifier, order.reconnect});
}

void pass_on(const lane_home& home, std::vector<broadcast> messages) {
  auto& here = home.here;
  for (auto& one : messages) {
    const auto& directory = here.directory_of(one.stream);
    caf::anon_send(directory, broadcast_to_stream{std::make_shared<accepted_broadcast>(std::move(one), here.gate)});
  }
}

}  // namespace

void publish(lane_home& home, publication what) {
  if (auto* order = std::get_if<remote_disconnect>(&what)) {
    home.counters.remote_commands.add();
    pass_on(home, *order);
  } else {
    pass_on(home, std::get<std::vector<broadcast>>(std::move(what)));
  }
}

}  // namespace ability
