/// The supervisor actor: starts the node's actors, watches them, and stops them in order.
#pragma once

#include <caf/typed_actor.hpp>
#include <functional>
#include <memory>

#include "actors/interfaces.hpp"
#include "actors/node.hpp"

namespace ability {

class redis_link;

/// What the daemon gives its supervisor.
struct supervision {
  std::shared_ptr<redis_link> redis;       ///< null: no Redis
  std::function<void()> on_unrecoverable;  ///< an actor that the node cannot do without failed; any thread
};

/// Spawns a directory and a registry for each lane and puts them into `here`. Called once, before anything else uses
/// the node's actors.
void start_records(node& here);

/// Spawns the supervisor, which spawns the redis_subscriber if there is a Redis. A redis_subscriber that fails is
/// spawned anew; a directory or registry that fails takes the node's records with it, so the daemon has to end.
supervisor_actor spawn_supervisor(node& here, supervision what);

}  // namespace ability
