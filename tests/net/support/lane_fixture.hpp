/// A lane with its node, without listeners.
#pragma once

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include "actors/node/node.hpp"
#include "net/lane/io_lane.hpp"
#include "net/lane/lane_context.hpp"
#include "tests/actors/support/virtual_time.hpp"

namespace ability {

struct lane_fixture {
  caf::actor_system_config config;
  caf::actor_system system{config};
  node here{system, {}, virtual_time(system)};
  io_lane lane{system};
  lane_home home{here, &lane};
  shared_limits shared;
};

}  // namespace ability
