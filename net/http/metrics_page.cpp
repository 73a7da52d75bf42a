#include "net/http/metrics_page.hpp"

#include <openssl/opensslv.h>
#include <prometheus/metric_family.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "actors/node/process_usage.hpp"
#include "actors/node/totals.hpp"
#include "net/lane/lane_context.hpp"
#include "net/metrics/metric_families.hpp"

namespace ability {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

template <const auto& Bounds>
ClientMetric merged(const std::vector<const histogram<Bounds>*>& parts) {
  ClientMetric metric;
  auto& sums = metric.histogram;
  for (std::size_t i = 0; i < histogram<Bounds>::buckets; ++i) {
    for (const auto* part : parts)
      sums.sample_count += part->count(i);
    const auto bound = i < Bounds.size() ? Bounds[i] : std::numeric_limits<double>::infinity();
    sums.bucket.push_back({sums.sample_count, bound});
  }
  for (const auto* part : parts)
    sums.sample_sum += part->sum();
  return metric;
}

template <const auto& Bounds>
void add_histogram(metric_families& into, const node& here, const char* name, const char* help,
                   histogram<Bounds> lane_counters::*which) {
  std::vector<const histogram<Bounds>*> of_lanes;
  of_lanes.reserve(here.lanes.size());
  for (const auto& home : here.lanes)
    of_lanes.push_back(&(home->counters.*which));
  into.add({name, help, MetricType::Histogram, {merged(of_lanes)}});
}

void add_totals(metric_families& into, const node& here) {
  for (const auto& each : totals_of(here))
    into.add_counter("ability_" + std::string{each.name} + "_total", each.help, static_cast<double>(each.value));
}

// Histograms by method and outcome, of the combinations that have occurred.
void add_calls(metric_families& into, const node& here) {
  const auto& app = here.app_counters;
  MetricFamily family{"ability_rpc_duration_seconds",
                      "Calls to the application with their retries, by method and what came of them",
                      MetricType::Histogram,
                      {}};
  for (std::size_t method = 0; method < app.calls.size(); ++method)
    for (std::size_t outcome = 0; outcome < app_counters::outcomes; ++outcome) {
      auto metric = merged<call_bounds>({&app.calls[method][outcome]});
      if (metric.histogram.sample_count == 0)
        continue;
      metric.label = {{"method", std::string{name_of(static_cast<rpc_method>(method))}},
                      {"status", std::string{name_of_outcome(outcome)}}};
      family.metric.push_back(std::move(metric));
    }
  into.add(std::move(family));
  into.add_gauge("ability_rpc_pending_num", "Calls under way, waiting, or to be made again",
                 static_cast<double>(app.pending.get()));
  into.add_gauge("ability_rpc_breaker_open", "1 while calls fail without being made",
                 static_cast<double>(app.breaker_open.get()));
  into.add_gauge("ability_disconnect_queue_size", "Ended connections that the application is yet to be told of",
                 static_cast<double>(app.disconnect_queue.get()));
}

void add_dependency(metric_families& into, const std::string& name, const char* what, const dependency_counters& of) {
  into.add_gauge("ability_" + name + "_up", std::string{"1 while "} + what + " is reached", of.is_up() ? 1 : 0);
  into.add_counter("ability_" + name + "_losses_total", std::string{"How often "} + what + " was lost",
                   static_cast<double>(of.losses.get()));
  into.add_counter("ability_" + name + "_reconnects_total",
                   std::string{"How often "} + what + " was reached again after a loss",
                   static_cast<double>(of.reconnects.get()));
}

// Refusals by reason: one metric each for clients, tokens, publications, calls of the API and monitoring programs.
void add_refusals(metric_families& into, const node& here) {
  for (const auto& [what, whom] :
       {std::pair{"client", "clients"}, std::pair{"token", "tokens"}, std::pair{"publication", "publications"},
        std::pair{"api_call", "API calls"}, std::pair{"monitor_login", "logins of monitoring programs"}}) {
    MetricFamily family{"ability_refused_" + std::string{what} + "s_total",
                        "Refused " + std::string{whom} + ", by reason",
                        MetricType::Counter,
                        {}};
    for (std::size_t i = 0; i < refusal_reasons; ++i) {
      const auto name = name_of(static_cast<refusal_reason>(i));
      if (name.what != what)
        continue;
      ClientMetric metric;
      metric.label.push_back({"reason", std::string{name.reason}});
      metric.counter.value = static_cast<double>(refusals_of(here, i));
      family.metric.push_back(std::move(metric));
    }
    into.add(std::move(family));
  }
}

// Names of process metrics that all Prometheus clients use.
void add_process(metric_families& into) {
  const auto usage = measure_process();
  const auto facts = describe_process();
  into.add_counter("process_cpu_seconds_total", "CPU time of the process, in seconds", usage.cpu_seconds);
  into.add_gauge("process_resident_memory_bytes", "Memory of the process that is in RAM",
                 static_cast<double>(usage.resident_bytes));
  into.add_gauge("process_virtual_memory_bytes", "Address space of the process",
                 static_cast<double>(facts.virtual_bytes));
  into.add_gauge("process_open_fds", "File descriptors that are open", static_cast<double>(facts.open_descriptors));
  into.add_gauge("process_max_fds", "File descriptors that may be open", static_cast<double>(facts.max_descriptors));
  into.add_gauge("process_threads", "Threads of the process", static_cast<double>(facts.threads));
  into.add_gauge("process_start_time_seconds", "When the process began, in seconds since the epoch", facts.start_time);
}

void add_build_info(metric_families& into) {
  MetricFamily family{"ability_build_info", "1, with what the daemon was built of", MetricType::Gauge, {}};
  ClientMetric metric;
  metric.label = {{"version", ABILITY_VERSION}, {"compiler", __VERSION__}, {"openssl", OPENSSL_VERSION_STR}};
  metric.gauge.value = 1;
  family.metric.push_back(std::move(metric));
  into.add(std::move(family));
}

// Metrics of the cluster; a node without one has none.
void add_cluster(metric_families& into, const node& here) {
  const auto& of = here.cluster_counters;
  const auto value = [](const counter& which) { return static_cast<double>(which.get()); };
  into.add_gauge("ability_cluster_nodes_num", "Nodes of the cluster that this node is linked to, and itself",
                 static_cast<double>(of.nodes.get() + 1));
  into.add_gauge("ability_cluster_interest_num", "Streams that are followed at other nodes, once for each node",
                 static_cast<double>(of.interest.get()));
  into.add_counter(
      "ability_cluster_overdue_interest_total",
      "Streams whose followers here were let in though another node had not said in time that it knows of them",
      value(of.overdue_interest));
  into.add_counter("ability_cluster_publications_sent_total", "Publications for other nodes, once for each node",
                   value(of.forwarded));
  into.add_counter("ability_cluster_publications_acknowledged_total", "Of these, handed on there",
                   value(of.acknowledged));
  into.add_counter("ability_cluster_publications_received_total", "Publications from other nodes", value(of.received));
  into.add_counter("ability_cluster_commands_lost_total",
                   "Remote disconnects for other nodes that they were not told, once for each node",
                   value(of.commands_lost));
  into.add_counter("ability_cluster_commands_received_total", "Remote disconnects from other nodes",
                   value(of.commands_received));
  into.add_labelled("ability_cluster_publications_lost_total", "Publications for other nodes that were lost", "reason",
                    of.lost, [](std::size_t i) { return name_of(static_cast<link_loss>(i)); });
  into.add_counter("ability_cluster_gaps_total", "Publications that other nodes lost on their way to this one",
                   value(of.gaps));
  into.add_counter("ability_cluster_bytes_sent_total", "Bytes of packets to other nodes", value(of.bytes_sent));
  into.add_counter("ability_cluster_bytes_received_total", "Bytes of packets from other nodes",
                   value(of.bytes_received));
  into.add_counter("ability_cluster_packets_sent_total", "Packets to other nodes", value(of.packets_sent));
  into.add_counter("ability_cluster_packets_received_total", "Packets from other nodes", value(of.packets_received));
  into.add_counter("ability_cluster_dials_total", "Attempts to reach other nodes", value(of.dials));
  into.add_counter("ability_cluster_failed_dials_total", "Of these, ended without a link", value(of.failed_dials));
  into.add_counter("ability_cluster_refused_nodes_total", "Nodes that were told why they are not linked",
                   value(of.refused_nodes));
  into.add_counter("ability_cluster_links_opened_total", "Links to other nodes that came up", value(of.links_opened));
  into.add_counter("ability_cluster_links_closed_total", "Of these, gone", value(of.links_closed));
  into.add_counter("ability_cluster_malformed_packets_total", "Links closed because of a malformed packet",
                   value(of.malformed_packets));
  into.add_counter("ability_cluster_foreign_packets_total", "Packets dropped, not from the other end of the link",
                   value(of.foreign_packets));
}

}  // namespace

std::string render_metrics(const node& here, const shared_limits& shared) {
  metric_families all;
  using c = lane_counters;
  const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
  all.add_gauge("ability_clients_num", "Connections that were let in", number(open_connections(here)));
  all.add_gauge("ability_presence_members_num", "Members that are present, in all streams",
                number(present_members(here)));
  all.add_gauge("ability_broadcast_streams_num", "Streams that are followed, or keep their last broadcasts",
                number(open_streams(here)));
  const auto links_lost = total_of(here, &c::backend_links_closed);
  all.add_gauge("ability_backend_links_num", "Links to FlyRPC backends that are up",
                number(total_of(here, &c::backend_links_opened) - links_lost));
  all.add_gauge("ability_history_logs_num", "Streams that keep their last broadcasts",
                number(total_of(here, &c::history_logs)));
  all.add_gauge("ability_history_bytes", "Size of all kept broadcasts", number(total_of(here, &c::history_bytes)));
  all.add_gauge("ability_pending_broadcasts_num", "Broadcasts accepted and not yet in every outbox",
                number(here.gate.pending()));
  add_totals(all, here);
  add_refusals(all, here);
  all.add_labelled("ability_deliveries_total", "Frames of broadcasts meant for clients, by what became of them",
                   "outcome", delivery_outcomes(here));
  all.add_labelled("ability_history_answers_total",
                   "Requests for what a client missed of a stream, by what became of them", "outcome",
                   history_answers(here));
  all.add_gauge("ability_sessions_num", "Sessions without a connection whose clients may come back",
                number(sum_of(here, &c::sessions)));
  all.add_gauge("ability_sessions_bytes", "Memory of these sessions, about", number(sum_of(here, &c::session_bytes)));
  all.add_labelled("ability_sessions_refused_total", "Clients that asked for an earlier session and got a new one",
                   "reason", session_refusals_of(here));
  all.add_labelled("ability_limit_hits_total", "How often a bound was reached, of those without a metric of their own",
                   "limit", limit_hits(here));
  if (here.redis.load(std::memory_order_relaxed) != redis_state::off)
    add_dependency(all, "redis", "Redis", here.redis_reach);
  if (here.redis_stream.load(std::memory_order_relaxed) != redis_state::off)
    add_dependency(all, "redisx", "the Redis stream of publications", here.redis_stream_reach);
  if (here.app_server) {
    add_dependency(all, "app", "the application", here.app_counters.reach);
    add_calls(all, here);
  }
  if (here.settings.cluster.on)
    add_cluster(all, here);
  for (const auto& collect : shared.metric_sources)
    collect(all);
  add_histogram<latency_bounds>(
      all, here, "ability_broadcast_latency_seconds",
      "From the acceptance of a broadcast until it was handed to the connections that follow its stream",
      &c::broadcast_latency);
  add_build_info(all);
  add_process(all);
  add_histogram<fanout_bounds>(all, here, "ability_broadcast_fanout", "Subscribers per broadcast",
                               &c::broadcast_fanout);
  return all.text();
}

}  // namespace ability
