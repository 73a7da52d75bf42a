#include "net/http/metrics_page.hpp"

#include <openssl/opensslv.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "actors/node/process_usage.hpp"
#include "actors/node/totals.hpp"
#include "net/cluster/tunnel.hpp"
#include "net/lane/lane_context.hpp"

namespace ability {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

class collection {
public:
  explicit collection(const node& here) : here_{here} {}

  void add_counter(std::string name, std::string help, double value) {
    ClientMetric metric;
    metric.counter.value = value;
    append(std::move(name), std::move(help), MetricType::Counter, std::move(metric));
  }

  void add_gauge(std::string name, std::string help, double value) {
    ClientMetric metric;
    metric.gauge.value = value;
    append(std::move(name), std::move(help), MetricType::Gauge, std::move(metric));
  }

  template <const auto& Bounds>
  void add(const char* name, const char* help, histogram<Bounds> lane_counters::*which) {
    std::vector<const histogram<Bounds>*> of_lanes;
    for (const auto& home : here_.lanes)
      of_lanes.push_back(&(home->counters.*which));
    append(name, help, MetricType::Histogram, sum_of(of_lanes));
  }

  void add_totals() {
    for (const auto& each : totals_of(here_))
      add_counter("ability_" + std::string{each.name} + "_total", each.help, static_cast<double>(each.value));
  }

  void add_deliveries() {
    add_labelled("ability_deliveries_total", "Frames of broadcasts meant for clients, by what became of them",
                 "outcome", delivery_outcomes(here_));
  }

  void add_limits() {
    add_labelled("ability_limit_hits_total", "How often a bound was reached, of those without a metric of their own",
                 "limit", limit_hits(here_));
  }

  // Histograms by method and outcome, of the combinations that have occurred.
  void add_calls() {
    const auto& app = here_.app_counters;
    MetricFamily family{"ability_rpc_duration_seconds",
                        "Calls to the application with their retries, by method and what came of them",
                        MetricType::Histogram,
                        {}};
    for (std::size_t method = 0; method < app.calls.size(); ++method)
      for (std::size_t outcome = 0; outcome < app_counters::outcomes; ++outcome) {
        auto metric = sum_of<call_bounds>({&app.calls[method][outcome]});
        if (metric.histogram.sample_count == 0)
          continue;
        metric.label = {{"method", std::string{name_of(static_cast<rpc_method>(method))}},
                        {"status", std::string{name_of_outcome(outcome)}}};
        family.metric.push_back(std::move(metric));
      }
    families_.push_back(std::move(family));
    add_gauge("ability_rpc_pending_num", "Calls under way, waiting, or to be made again",
              static_cast<double>(app.pending.get()));
    add_gauge("ability_rpc_breaker_open", "1 while calls fail without being made",
              static_cast<double>(app.breaker_open.get()));
    add_gauge("ability_disconnect_queue_size", "Ended connections that the application is yet to be told of",
              static_cast<double>(app.disconnect_queue.get()));
  }

  void add_dependency(const std::string& name, const char* what, const dependency_counters& of) {
    add_gauge("ability_" + name + "_up", std::string{"1 while "} + what + " is reached", of.is_up() ? 1 : 0);
    add_counter("ability_" + name + "_losses_total", std::string{"How often "} + what + " was lost",
                static_cast<double>(of.losses.get()));
    add_counter("ability_" + name + "_reconnects_total",
                std::string{"How often "} + what + " was reached again after a loss",
                static_cast<double>(of.reconnects.get()));
  }

  // Refusals by reason: one metric each for clients, tokens, publications and monitoring programs.
  void add_refusals() {
    for (const std::string_view what : {"client", "token", "publication", "monitor_login"}) {
      MetricFamily family{"ability_refused_" + std::string{what} + "s_total",
                          "Refused " + std::string{what} + "s, by reason",
                          MetricType::Counter,
                          {}};
      for (std::size_t i = 0; i < refusal_reasons; ++i) {
        const auto name = name_of(static_cast<refusal_reason>(i));
        if (name.what != what)
          continue;
        ClientMetric metric;
        metric.label.push_back({"reason", std::string{name.reason}});
        metric.counter.value = static_cast<double>(refusals_of(here_, i));
        family.metric.push_back(std::move(metric));
      }
      families_.push_back(std::move(family));
    }
  }

  // Names of process metrics that all Prometheus clients use.
  void add_process() {
    const auto usage = measure_process();
    const auto facts = describe_process();
    add_counter("process_cpu_seconds_total", "CPU time of the process, in seconds", usage.cpu_seconds);
    add_gauge("process_resident_memory_bytes", "Memory of the process that is in RAM",
              static_cast<double>(usage.resident_bytes));
    add_gauge("process_virtual_memory_bytes", "Address space of the process", static_cast<double>(facts.virtual_bytes));
    add_gauge("process_open_fds", "File descriptors that are open", static_cast<double>(facts.open_descriptors));
    add_gauge("process_max_fds", "File descriptors that may be open", static_cast<double>(facts.max_descriptors));
    add_gauge("process_threads", "Threads of the process", static_cast<double>(facts.threads));
    add_gauge("process_start_time_seconds", "When the process began, in seconds since the epoch", facts.start_time);
  }

  void add_build_info() {
    MetricFamily family{"ability_build_info", "1, with what the daemon was built of", MetricType::Gauge, {}};
    ClientMetric metric;
    metric.label = {{"version", ABILITY_VERSION}, {"compiler", __VERSION__}, {"openssl", OPENSSL_VERSION_STR}};
    metric.gauge.value = 1;
    family.metric.push_back(std::move(metric));
    families_.push_back(std::move(family));
  }

  // Metrics of the cluster; a node without one has none.
  void add_cluster() {
    const auto& of = here_.cluster_counters;
    const auto value = [](const counter& which) { return static_cast<double>(which.get()); };
    add_gauge("ability_cluster_nodes_num", "Nodes of the cluster that this node is linked to, and itself",
              static_cast<double>(of.nodes.get() + 1));
    add_gauge("ability_cluster_interest_num", "Streams that are followed at other nodes, once for each node",
              static_cast<double>(of.interest.get()));
    add_counter(
        "ability_cluster_overdue_interest_total",
        "Streams whose followers here were let in though another node had not said in time that it knows of them",
        value(of.overdue_interest));
    add_counter("ability_cluster_publications_sent_total", "Publications for other nodes, once for each node",
                value(of.forwarded));
    add_counter("ability_cluster_publications_acknowledged_total", "Of these, handed on there", value(of.acknowledged));
    add_counter("ability_cluster_publications_received_total", "Publications from other nodes", value(of.received));
    add_counter("ability_cluster_commands_lost_total",
                "Remote disconnects for other nodes that they were not told, once for each node",
                value(of.commands_lost));
    add_counter("ability_cluster_commands_received_total", "Remote disconnects from other nodes",
                value(of.commands_received));
    add_labelled("ability_cluster_publications_lost_total", "Publications for other nodes that were lost", "reason",
                 of.lost, [](std::size_t i) { return name_of(static_cast<link_loss>(i)); });
    add_counter("ability_cluster_gaps_total", "Publications that other nodes lost on their way to this one",
                value(of.gaps));
    add_counter("ability_cluster_bytes_sent_total", "Bytes of packets to other nodes", value(of.bytes_sent));
    add_counter("ability_cluster_bytes_received_total", "Bytes of packets from other nodes", value(of.bytes_received));
    add_counter("ability_cluster_packets_sent_total", "Packets to other nodes", value(of.packets_sent));
    add_counter("ability_cluster_packets_received_total", "Packets from other nodes", value(of.packets_received));
    add_counter("ability_cluster_dials_total", "Attempts to reach other nodes", value(of.dials));
    add_counter("ability_cluster_failed_dials_total", "Of these, ended without a link", value(of.failed_dials));
    add_counter("ability_cluster_refused_nodes_total", "Nodes that were told why they are not linked",
                value(of.refused_nodes));
    add_counter("ability_cluster_links_opened_total", "Links to other nodes that came up", value(of.links_opened));
    add_counter("ability_cluster_links_closed_total", "Of these, gone", value(of.links_closed));
    add_counter("ability_cluster_malformed_packets_total", "Links closed because of a malformed packet",
                value(of.malformed_packets));
    add_counter("ability_cluster_foreign_packets_total", "Packets dropped, not from the other end of the link",
                value(of.foreign_packets));
  }

  void add_tunnel(const tunnel_counters& of) {
    add_counter("ability_tunnel_accepted_total",
                "Connections of nodes and monitoring programs, whatever became of them",
                static_cast<double>(of.accepted.get()));
    add_labelled("ability_tunnel_refused_total", "Of these, not let in, or not left in", "reason", of.refused,
                 [](std::size_t i) { return name_of(static_cast<tunnel_refusal>(i)); });
    add_counter("ability_tunnel_dropped_msg_total", "Messages dropped that such a peer has no business sending",
                static_cast<double>(of.dropped.get()));
  }

  std::string text() const { return prometheus::TextSerializer{}.Serialize(families_); }

private:
  void add_labelled(const char* name, const char* help, const char* label, const std::vector<named_total>& values) {
    MetricFamily family{name, help, MetricType::Counter, {}};
    for (const auto& each : values) {
      ClientMetric metric;
      metric.label.push_back({label, std::string{each.name}});
      metric.counter.value = static_cast<double>(each.value);
      family.metric.push_back(std::move(metric));
    }
    families_.push_back(std::move(family));
  }

  template <std::size_t N, class Name>
  void add_labelled(const char* name, const char* help, const char* label, const std::array<counter, N>& values,
                    Name name_of_index) {
    MetricFamily family{name, help, MetricType::Counter, {}};
    for (std::size_t i = 0; i < N; ++i) {
      ClientMetric metric;
      metric.label.push_back({label, std::string{name_of_index(i)}});
      metric.counter.value = static_cast<double>(values[i].get());
      family.metric.push_back(std::move(metric));
    }
    families_.push_back(std::move(family));
  }

  template <const auto& Bounds>
  static ClientMetric sum_of(const std::vector<const histogram<Bounds>*>& parts) {
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

  void append(std::string name, std::string help, MetricType type, ClientMetric metric) {
    families_.push_back({std::move(name), std::move(help), type, {std::move(metric)}});
  }

  const node& here_;
  std::vector<MetricFamily> families_;
};

}  // namespace

std::string render_metrics(const node& here, const edge_state& shared) {
  const auto* const tunnel = shared.tunnel;
  collection all{here};
  using c = lane_counters;
  const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
  all.add_gauge("ability_clients_num", "Connections that were let in", number(open_connections(here)));
  all.add_gauge("ability_broadcast_streams_num", "Streams that are followed", number(open_streams(here)));
  const auto links_lost = total_of(here, &c::backend_links_closed);
  all.add_gauge("ability_backend_links_num", "Links to FlyRPC backends that are up",
                number(total_of(here, &c::backend_links_opened) - links_lost));
  all.add_gauge("ability_pending_broadcasts_num", "Broadcasts accepted and not yet in every outbox",
                number(here.gate.pending()));
  all.add_totals();
  all.add_refusals();
  all.add_deliveries();
  all.add_limits();
  if (shared.lost_log_lines != nullptr)
    all.add_counter("ability_log_lines_lost_total", "Log lines that were lost because too many waited to be written",
                    number(shared.lost_log_lines()));
  if (here.redis.load(std::memory_order_relaxed) != redis_state::off)
    all.add_dependency("redis", "Redis", here.redis_reach);
  if (here.app_server) {
    all.add_dependency("app", "the application", here.app_counters.reach);
    all.add_calls();
  }
  if (here.settings.cluster.on)
    all.add_cluster();
  if (tunnel != nullptr)
    all.add_tunnel(*tunnel);
  all.add<latency_bounds>(
      "ability_broadcast_latency_seconds",
      "From the acceptance of a broadcast until it was handed to the connections that follow its stream",
      &c::broadcast_latency);
  all.add_build_info();
  all.add_process();
  all.add<fanout_bounds>("ability_broadcast_fanout", "Subscribers per broadcast", &c::broadcast_fanout);
  return all.text();
}

}  // namespace ability
