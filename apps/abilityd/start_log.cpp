#include "apps/abilityd/start_log.hpp"

#include <unistd.h>

#include "actors/node/log.hpp"
#include "config/start_warnings.hpp"

namespace ability {

namespace {

const char* broker_word(history_broker which) {
  switch (which) {
    case history_broker::automatic:
      return "auto";
    case history_broker::memory:
      return "memory";
    case history_broker::redis:
      return "redis";
    case history_broker::none:
      break;
  }
  return "none";
}

// The broker that is used, which in a cluster may be another one than the one that was given.
void log_history(const node_settings& made) {
  const bool is_on = made.history.broker != history_broker::none;
  log(log_level::info, "history",
      {{"broker", broker_word(made.history.broker)},
       {"limit", is_on ? made.history.bounds.limit : 0},
       {"ttl_ms", is_on ? made.history.bounds.ttl.count() : 0},
       {"sessions_ttl_ms", is_on ? made.sessions.ttl.count() : 0},
       {"presence", made.presence.on ? "on" : "off"}});
}

}  // namespace

void log_start(const options& given, const node_settings& made, const std::string& file,
               const descriptor_limits& descriptors) {
  log(log_level::info, "starting",
      {{"version", ABILITY_VERSION},
       {"pid", getpid()},
       {"config_file", file.empty() ? "none" : file},
       {"descriptors", descriptors.all},
       {"client_sockets", descriptors.client_sockets},
       {"max_conn", given.edge.max_connections},
       {"max_message_size", given.edge.max_message_size},
       {"max_pending_size", given.edge.max_pending_size},
       {"max_broadcast_size", given.edge.max_broadcast_size},
       {"max_pending_broadcasts", given.node.max_pending_broadcasts}});
  log_history(made);
  for (const auto& each : start_warnings(given, descriptors.client_sockets))
    log(log_level::warn, each.what, {{"remedy", each.remedy}});
}

}  // namespace ability
