#include "apps/abilityd/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <limits>

#include "apps/abilityd/daemon.hpp"
#include "protocol/cluster/member.hpp"

namespace ability {

namespace {

constexpr std::size_t descriptors_of_process = 32;  // standard streams, files being read, CAF's own
constexpr std::size_t descriptors_of_lane = 4;      // epoll, its event and its timer
constexpr std::size_t descriptors_of_link = 3;      // its socket, and the pair of sockets to CAF
constexpr std::size_t descriptors_of_grpc = 16;
constexpr std::size_t descriptors_of_redis = 2;  // of a connection, while a Sentinel is asked or TLS is set up

// Masters that a Redis Cluster is thought to have, at least. Those of a larger one take from the clients.
constexpr std::size_t masters_of_cluster = 16;

std::size_t for_application(const daemon_settings& settings) {
  if (settings.grpc_app)
    return descriptors_of_grpc;
  return settings.http_app ? settings.node.app.concurrency : settings.lanes * settings.backends.size();
}

std::size_t for_cluster(const daemon_settings& settings) {
  if (!settings.cluster)
    return 0;
  const auto nodes = settings.cluster->cluster ? max_members : 0;
  return descriptors_of_link * (settings.cluster->limits.programs + nodes);
}

std::size_t for_redis(const daemon_settings& settings) {
  if (!settings.redis)
    return 0;
  const auto& named = settings.redis->cluster;
  const auto servers = named.empty() ? 1 : std::max(named.size(), masters_of_cluster);
  const auto for_logs = settings.redis_log ? 2 * settings.lanes * servers : 0;
  const std::size_t for_channel = settings.reads_redis_channel ? 1 : 0;
  const std::size_t for_stream = settings.reads_redis_stream ? 2 : 0;
  return descriptors_of_redis * (for_logs + for_channel + for_stream);
}

}  // namespace

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return std::numeric_limits<std::size_t>::max();
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur == RLIM_INFINITY ? std::numeric_limits<std::size_t>::max() : limit.rlim_cur;
}

std::size_t client_sockets(std::size_t limit, const daemon_settings& settings) {
  const auto kept = descriptors_of_process + descriptors_of_lane * settings.lanes + spare_sockets + max_probes +
                    for_application(settings) + for_cluster(settings) + for_redis(settings);
  return limit - std::min(kept, limit / 2);
}

}  // namespace ability
