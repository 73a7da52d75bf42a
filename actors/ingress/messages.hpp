/// The messages of ingress: those of the subscription to Redis, of the Redis stream, and remote disconnects for other
/// nodes.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "actors/broadcast/publication_receipt.hpp"
#include "actors/local_message.hpp"
#include "protocol/publication/publication.hpp"
#include "protocol/redis/consumer_group.hpp"

namespace ability {

/// Try to connect to Redis.
struct redis_connect {
  using local_message = void;
};

/// Redis has confirmed the subscription, or is ready for the commands of a consumer.
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

/// Entries of the Redis stream, in their order; none: there was none for a while.
struct entries_read {
  using local_message = void;
  std::vector<redis_entry> entries;
};

/// The streams have handled the publication of an entry.
struct entry_published {
  using local_message = void;
  redis_entry_id id;
  publication_outcome outcome;
};

/// Redis has taken the acknowledgement of these entries.
struct entries_acknowledged {
  using local_message = void;
  std::vector<redis_entry_id> ids;
};

/// Publish the first entry that a log has not taken again.
struct retry_entries {
  using local_message = void;
};

/// Look after entries that take long, here and at other nodes.
struct tend_entries {
  using local_message = void;
};

/// Take no more entries, and leave the group once those taken are acknowledged.
struct leave_group {
  using local_message = void;
};

/// The group is left, or the time to leave it is over.
struct group_left {
  using local_message = void;
};

/// A remote disconnect to forward to all other nodes.
struct forward_disconnect {
  using local_message = void;
  remote_disconnect order;
};

}  // namespace ability
