#include "actors/monitor/node_query.hpp"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "actors/node/totals.hpp"
#include "actors/node/unix_ms.hpp"

namespace ability {

namespace {

std::string_view name_of(redis_state what) {
  switch (what) {
    case redis_state::off:
      break;
    case redis_state::connected:
      return "connected";
    case redis_state::lost:
      return "lost";
  }
  return "off";
}

// That of the two uses of Redis, of which the one that is lost counts more.
redis_state redis_state_of(const node& here) {
  const auto one = here.redis.load();
  const auto other = here.redis_stream.load();
  if (one == redis_state::off || other == redis_state::lost)
    return other;
  return one;
}

std::string_view name_of(node_state what) {
  switch (what) {
    case node_state::self:
      break;
    case node_state::up:
      return "up";
    case node_state::lost:
      return "lost";
  }
  return "self";
}

}  // namespace

void node_query::start(lane_home& home, const node_control& control, node_start started, subject what) {
  query_state::start(home);
  control_ = &control;
  started_ = started;
  what_ = what;
}

void node_query::run() {
  const auto& cluster = home_->here.cluster;
  if (!cluster) {
    take_nodes(alone());
    return;
  }
  self_->request(cluster, timeout, list_nodes{})
      .then([this](const node_list& found) { take_nodes(found); }, [this](const caf::error&) { take_nodes(alone()); });
}

node_list node_query::alone() const {
  return {{{.who = home_->here.settings.cluster.self, .state = node_state::self, .since = started_.steady}}};
}

void node_query::take_nodes(const node_list& found) {
  if (what_ == subject::nodes) {
    std::vector<node_line> lines;
    lines.reserve(found.nodes.size());
    for (const auto& each : found.nodes)
      lines.push_back(line_of(each));
    answer(encode_nodes(lines));
    return;
  }
  auto report = describe_node();
  if (home_->here.cluster)
    report.cluster_nodes = static_cast<std::size_t>(
        std::ranges::count_if(found.nodes, [](const auto& each) { return each.state != node_state::lost; }));
  answer(encode_status(report));
}

status_report node_query::describe_node() const {
  const auto& here = home_->here;
  const auto& self = here.settings.cluster.self;
  return {.name = self.name,
          .uuid = self.uuid,
          .address = self.address,
          .version = ABILITY_VERSION,
          .pid = getpid(),
          .started_ms = self.started != 0 ? self.started : static_cast<std::uint64_t>(unix_ms(started_.date)),
          .uptime_s = seconds_since(started_.steady),
          .state = std::string{control_->state()},
          .lanes = here.lanes.size(),
          .connections = open_connections(here),
          .streams = open_streams(here),
          .pending_broadcasts = here.gate.pending(),
          .redis = std::string{name_of(redis_state_of(here))},
          .app_server = !here.app_server                            ? "off"
                        : here.app_counters.breaker_open.get() != 0 ? "failing"
                                                                    : "ok",
          .counters = all_counters(here),
          .latency = report_latency(count_latency(here))};
}

node_line node_query::line_of(const node_facts& facts) const {
  node_line line{.name = facts.who.name,
                 .uuid = facts.who.uuid,
                 .address = facts.who.address,
                 .state = std::string{name_of(facts.state)},
                 .since_s = seconds_since(facts.since),
                 .dialled_by_us = facts.dialled_by_us,
                 .streams = facts.link.streams_followed,
                 .sent = facts.link.publications_sent,
                 .received = facts.link.publications_received,
                 .bytes_sent = facts.link.bytes_sent,
                 .bytes_received = facts.link.bytes_received,
                 .waiting_bytes = facts.link.bytes_waiting,
                 .lost = facts.lost};
  if (facts.link.round_trip.count() > 0)
    line.round_trip_ms = std::chrono::duration<double, std::milli>(facts.link.round_trip).count();
  return line;
}

double node_query::seconds_since(std::chrono::steady_clock::time_point then) const {
  return std::chrono::duration<double>(self_->clock().now() - then).count();
}

}  // namespace ability
