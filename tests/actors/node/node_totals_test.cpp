#define CAF_SUITE node_totals
#include "actors/node/totals.hpp"

#include <cmath>
#include <set>

#include "actors/node/process_usage.hpp"

#include "tests/actors/support/app_fixture.hpp"

using namespace ability;

namespace {

// One percentile in seconds, -1 if there is none.
double at(const latency_counts& counts, double share) { return percentile(counts, share).value_or(-1); }

bool is_near(double a, double b) { return std::abs(a - b) < 1e-9; }

}  // namespace

CAF_TEST(without observations there is no percentile) {
  CAF_CHECK(!percentile({}, 0.5));
  const auto none = report_latency({});
  CAF_CHECK(!none.p50_ms && !none.p90_ms && !none.p99_ms);
}

CAF_TEST(percentiles are interpolated within their bucket) {
  latency_counts counts{};
  counts[4] = 100;  // 0.5 ms to 1 ms
  CAF_CHECK(is_near(at(counts, 0.5), 0.00075));
  CAF_CHECK(is_near(at(counts, 1), 0.001));
  CAF_CHECK(is_near(at(counts, 0), 0.0005));
  counts[0] = 100;  // up to 0.05 ms
  CAF_CHECK(is_near(at(counts, 0.25), 0.000025));
  CAF_CHECK(is_near(at(counts, 0.5), 0.00005));
  CAF_CHECK(is_near(at(counts, 0.75), 0.00075));
}

CAF_TEST(above all bounds the last bound is all that is known) {
  latency_counts counts{};
  counts.back() = 1;
  CAF_CHECK(is_near(at(counts, 0.5), latency_bounds.back()));
  counts[0] = 99;
  CAF_CHECK(at(counts, 0.99) <= latency_bounds[0]);
  CAF_CHECK(is_near(at(counts, 0.995), latency_bounds.back()));
}

CAF_TEST(what came between two counts is their difference) {
  latency_counts before{};
  before[3] = 5;
  auto now = before;
  now[3] = 7;
  now[0] = 1;
  const auto between = difference(now, before);
  CAF_CHECK_EQUAL(between[3], 2u);
  CAF_CHECK_EQUAL(between[0], 1u);
}

CAF_TEST(the process takes time and memory) {
  const auto used = measure_process();
  CAF_CHECK_GREATER(used.cpu_seconds, 0);
  CAF_CHECK_GREATER(used.resident_bytes, 1'000'000u);
}

CAF_TEST_FIXTURE_SCOPE(totals_with_application, app_fixture)

CAF_TEST(every counter has a name of its own) {
  std::set<std::string> names;
  const auto all = all_counters(here);
  for (const auto& [name, value] : all)
    names.insert(name);
  CAF_CHECK_EQUAL(names.size(), all.size());
  for (const auto* name : {"client_msg", "broadcast_msg", "data_sent", "rpc_call", "deliveries_delivered"})
    CAF_CHECK(names.contains(name));
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(totals_of_lanes, actor_fixture)

CAF_TEST(totals are sums over all lanes) {
  here.lanes.push_back(std::make_unique<lane_home>(here, nullptr));
  here.lanes[0]->counters.client_messages.add(3);
  here.lanes[1]->counters.client_messages.add(4);
  here.lanes[1]->counters.connections_opened.add(5);
  here.lanes[0]->counters.connections_closed.add(2);
  here.lanes[1]->counters.broadcast_latency.observe(0.00001);
  CAF_CHECK_EQUAL(total_of(here, &lane_counters::client_messages), 7u);
  CAF_CHECK_EQUAL(open_connections(here), 3u);
  CAF_CHECK(count_latency(here)[0] == 1u);
  for (const auto& each : totals_of(here))
    CAF_CHECK_EQUAL(each.value, each.name == "client_msg" ? 7u : 0u);
  here.lanes.pop_back();
}

CAF_TEST(what the lane of the cluster counts is part of the sum) {
  lane_home beside{here, nullptr};
  here.cluster_lane = &beside;
  here.lanes[0]->counters.remote_commands.add(3);
  beside.counters.remote_commands.add(2);
  CAF_CHECK_EQUAL(total_of(here, &lane_counters::remote_commands), 5u);
  here.cluster_lane = nullptr;
}

CAF_TEST(without an application its calls are not shown) {
  for (const auto& each : totals_of(here))
    CAF_CHECK(!each.name.starts_with("rpc_"));
}

CAF_TEST_FIXTURE_SCOPE_END()
