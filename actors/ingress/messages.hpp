/// The messages of ingress: those of the subscription to Redis, and remote disconnects for other nodes.
#pragma once

#include <cstddef>
#include <string>

#include "actors/local_message.hpp"
#include "protocol/publication/publication.hpp"

namespace ability {

/// Try to connect to Redis.
struct redis_connect {
  using local_message = void;
};

/// Redis has confirmed the subscription.
struct redis_connected {
  using local_message = void;
};

/// The connection to Redis failed or broke.
struct redis_lost {
  using local_message = void;
  std::string reason;
};

/// A message was published to the channel.
struct redis_payload {
  using local_message = void;
  std::string text;
};

/// A message over the size limit was published; its text is dropped.
struct redis_oversize {
  using local_message = void;
  std::size_t bytes;
};

/// The ingress gate accepts broadcasts again.
struct ingress_reopened {
  using local_message = void;
};

/// A remote disconnect to forward to all other nodes.
struct forward_disconnect {
  using local_message = void;
  remote_disconnect order;
};

}  // namespace ability
