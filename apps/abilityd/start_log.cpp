#include "apps/abilityd/start_log.hpp"

#include <unistd.h>

#include "actors/node/log.hpp"
#include "config/start_warnings.hpp"

namespace ability {

void log_start(const options& given, const std::string& file, const descriptor_limits& descriptors) {
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
  for (const auto& each : start_warnings(given, descriptors.client_sockets))
    log(log_level::warn, each.what, {{"remedy", each.remedy}});
}

}  // namespace ability
