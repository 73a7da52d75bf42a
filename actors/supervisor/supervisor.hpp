/// The supervisor actor: watches the node's actors, starts three of them, and stops all in order.
#pragma once

#include <caf/typed_actor.hpp>
#include <functional>
#include <memory>

#include "actors/interfaces.hpp"
#include "actors/node/node.hpp"

namespace ability {

class app_transport;
class entry_source;
class redis_link;

/// Parameters of the supervisor.
struct supervision {
  std::shared_ptr<redis_link> redis = nullptr;  ///< null: no Redis
  std::function<void()> on_unrecoverable =
      {};  ///< called on any thread when an actor that the node cannot do without has failed
  std::shared_ptr<app_transport> application = nullptr;  ///< transport to be watched; null: no application
  lane_home* calls = nullptr;                            ///< lane on which `application` is called
  std::shared_ptr<entry_source> entries = nullptr;       ///< a Redis stream of publications; null: none
};

/// Spawns a directory, a registry and a sessions actor for each lane and puts them into `here`. With `application`,
/// which may be null, also spawns the app_server and the disconnect queue on the lane of `calls`, or on the first lane
/// if that is null. Called once, before any other use of the node's actors.
void start_records(node& here, std::shared_ptr<app_transport> application = nullptr, lane_home* calls = nullptr);

/// Spawns the supervisor, which spawns the redis_subscriber if there is a Redis, the redis_consumer if there is a
/// stream of publications, and the app_watch if there is an application. The first two are spawned again if they fail,
/// a failed monitor is done without; any other failed actor loses records of the node, so the daemon has to end.
supervisor_actor spawn_supervisor(node& here, supervision what);

}  // namespace ability
