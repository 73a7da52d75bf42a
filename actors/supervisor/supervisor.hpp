/// The supervisor actor: starts the node's actors, watches them, and stops them in order.
#pragma once

#include <caf/typed_actor.hpp>
#include <functional>
#include <memory>

#include "actors/interfaces.hpp"
#include "actors/node/node.hpp"

namespace ability {

class app_transport;
class redis_link;

/// What the daemon gives its supervisor.
struct supervision {
  std::shared_ptr<redis_link> redis;       ///< null: no Redis
  std::function<void()> on_unrecoverable;  ///< an actor that the node cannot do without failed; any thread
  std::shared_ptr<app_transport> application = nullptr;  ///< to be watched; null: there is none
  lane_home* calls = nullptr;                            ///< where `application` is called
};

/// Spawns a directory and a registry for each lane and puts them into `here`; with `application`, which may be null,
/// also the app_server and the disconnector, on the lane of `calls`, or on the first lane if that is null. Called once,
/// before anything else uses the node's actors.
void start_records(node& here, std::shared_ptr<app_transport> application = nullptr, lane_home* calls = nullptr);

/// Spawns the supervisor, which spawns the redis_subscriber if there is a Redis. A redis_subscriber that fails is
/// spawned anew; any other actor that fails takes records of the node with it, so the daemon has to end.
supervisor_actor spawn_supervisor(node& here, supervision what);

}  // namespace ability
