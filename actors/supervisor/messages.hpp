/// The messages of the supervisor.
#pragma once

#include "actors/local_message.hpp"

namespace ability {

/// End the sources of publications.
struct stop_ingress {
  using local_message = void;
};

/// End all actors.
struct stop_records {
  using local_message = void;
};

/// Spawn the redis_subscriber or the redis_consumer again.
struct respawn_redis {
  using local_message = void;
};

}  // namespace ability
