#define CAF_SUITE run_report

#include "apps/load/report/run_report.hpp"

#include <caf/test/unit_test.hpp>

using namespace ability::load;

namespace {

std::uint64_t& count(run_report& report, tally which) { return count_of(report.total, which); }

second second_at(std::uint64_t number, double at_s, std::uint64_t connections, std::int64_t latency_ns) {
  second one;
  one.number = number;
  one.at_s = at_s;
  one.connections = connections;
  count_of(one.counted, tally::delivered) = 10;
  one.latency.record(latency_ns);
  one.generator_cores = 0.5;
  one.lag_ns = latency_ns;
  return one;
}

}  // namespace

CAF_TEST(counters and histograms of two processes are added) {
  run_report a;
  run_report b;
  a.scenario = "fanout";
  b.scenario = "fanout";
  count(a, tally::delivered) = 3;
  count(b, tally::delivered) = 4;
  a.bytes_received = 10;
  b.bytes_received = 20;
  a.began_ms = 2'000;
  b.began_ms = 1'500;
  a.lasted_s = 3;
  b.lasted_s = 4;
  a.lanes = b.lanes = 2;
  for (auto* each : {&b.latency, &b.unhurried, &b.connect, &b.subscribe, &b.publish, &b.lateness, &b.lag})
    each->record(7'000);
  a.latency.record(1'000);
  merge(a, b);
  CAF_CHECK_EQUAL(count(a, tally::delivered), 7u);
  CAF_CHECK_EQUAL(a.bytes_received, 30u);
  CAF_CHECK_EQUAL(a.began_ms, 1'500);
  CAF_CHECK_EQUAL(a.lasted_s, 4.0);
  CAF_CHECK_EQUAL(a.processes, 2u);
  CAF_CHECK_EQUAL(a.lanes, 2u);
  CAF_CHECK_EQUAL(a.latency.count(), 2u);
  CAF_CHECK_EQUAL(a.latency.min(), 1'000);
  for (const auto* each : {&a.unhurried, &a.connect, &a.subscribe, &a.publish, &a.lateness, &a.lag})
    CAF_CHECK_EQUAL(each->max(), 7'000);
}

CAF_TEST(groups are added by name and their troubles by what they are) {
  run_report a;
  run_report b;
  a.groups = {{{4, {{"connection refused", 1}}}, "readers", transport::action_cable, 5},
              {{1, {}}, "writers", transport::fly_tcp, 1}};
  b.groups = {{{1, {{"reset", 1}}}, "writers", transport::fly_tcp, 2},
              {{2, {{"connection refused", 2}, {"HTTP 503", 1}}}, "readers", transport::action_cable, 5},
              {{0, {}}, "others", transport::fly_udp, 1}};
  merge(a, b);
  CAF_REQUIRE_EQUAL(a.groups.size(), 3u);
  CAF_CHECK_EQUAL(a.groups[0].clients, 10u);
  CAF_CHECK_EQUAL(a.groups[0].completed, 6u);
  CAF_CHECK_EQUAL(a.groups[0].troubles["connection refused"], 3u);
  CAF_CHECK_EQUAL(a.groups[0].troubles["HTTP 503"], 1u);
  CAF_CHECK_EQUAL(a.groups[1].clients, 3u);
  CAF_CHECK_EQUAL(a.groups[1].troubles["reset"], 1u);
  CAF_CHECK_EQUAL(a.groups[2].name, "others");
}

CAF_TEST(troubles of too many kinds are told as one) {
  run_report all;
  for (int second = 0; second < 10; ++second) {
    run_report part;
    auto& group = part.groups.emplace_back();
    group.name = "readers";
    for (int i = 0; i < 20; ++i)
      add_trouble(group, "error " + std::to_string(second * 20 + i), 1);
    merge(all, part);
  }
  CAF_REQUIRE_EQUAL(all.groups.size(), 1u);
  CAF_CHECK_EQUAL(all.groups[0].troubles.size(), 65u);
  CAF_CHECK_EQUAL(all.groups[0].troubles[other_troubles], 200u - 64u);
}

CAF_TEST(seconds are added by their numbers) {
  run_report a;
  run_report b;
  a.seconds = {second_at(1, 1.0, 5, 1'000), second_at(2, 2.9, 6, 1'000), second_at(3, 3.1, 6, 1'000)};
  b.seconds = {second_at(2, 2.0, 7, 9'000), second_at(4, 4.0, 8, 2'000)};
  b.seconds[0].server = server_sample{.cpu_s = 4, .rss_bytes = 5, .descriptors = 6};
  for (int swapped = 0; swapped < 2; ++swapped) {
    auto all = swapped == 0 ? a : b;
    merge(all, swapped == 0 ? b : a);
    CAF_REQUIRE_EQUAL(all.seconds.size(), 4u);
    CAF_CHECK_EQUAL(all.seconds[0].connections, 5u);
    CAF_CHECK_EQUAL(all.seconds[1].at_s, 2.9);
    CAF_CHECK_EQUAL(all.seconds[1].connections, 13u);
    CAF_CHECK_EQUAL(count_of(all.seconds[1].counted, tally::delivered), 20u);
    CAF_CHECK_EQUAL(all.seconds[1].latency.count(), 2u);
    CAF_CHECK_EQUAL(all.seconds[1].lag_ns, 9'000);
    CAF_CHECK_EQUAL(all.seconds[1].generator_cores, 1.0);
    CAF_REQUIRE(all.seconds[1].server.has_value());
    CAF_CHECK_EQUAL(all.seconds[1].server->cpu_s, 4.0);
    CAF_CHECK_EQUAL(all.seconds[2].at_s, 3.1);
    CAF_CHECK_EQUAL(all.seconds[2].connections, 6u);
    CAF_CHECK_EQUAL(all.seconds[3].connections, 8u);
  }
}

CAF_TEST(what is left at the end adds no connections to its second) {
  run_report all;
  for (const std::uint64_t connections : {5, 7}) {
    run_report part;
    part.seconds = {second_at(1, 1.0, connections, 1'000)};
    merge(all, part);
  }
  run_report rest;
  rest.seconds = {second_at(1, 1.3, 5, 1'000)};
  rest.seconds[0].is_rest = true;
  rest.seconds[0].generator_cores = 0;
  merge(all, rest);
  CAF_REQUIRE_EQUAL(all.seconds.size(), 1u);
  CAF_CHECK_EQUAL(all.seconds[0].connections, 12u);
  CAF_CHECK_EQUAL(count_of(all.seconds[0].counted, tally::delivered), 30u);
  CAF_CHECK_EQUAL(all.seconds[0].at_s, 1.3);
  CAF_CHECK_EQUAL(all.seconds[0].generator_cores, 1.0);
}

CAF_TEST(the graver end and all notes once remain) {
  run_report a;
  run_report b;
  a.notes = {"one"};
  b.notes = {"one", "two"};
  b.ended = outcome::generator_limited;
  b.server_after = server_sample{.cpu_s = 1};
  merge(a, b);
  CAF_CHECK(a.ended == outcome::generator_limited);
  CAF_CHECK(a.notes == (std::vector<std::string>{"one", "two"}));
  CAF_CHECK(a.server_after.has_value());
}

CAF_TEST(an assertion holds from its least to its most) {
  scenario plan;
  plan.assertions = {{tally::delivered, 5, 7}, {tally::lost, 0, 0}};
  run_report report;
  for (const auto& [delivered, held] : {std::pair{4, false}, {5, true}, {7, true}, {8, false}}) {
    count(report, tally::delivered) = static_cast<std::uint64_t>(delivered);
    judge(report, plan);
    CAF_REQUIRE_EQUAL(report.assertions.size(), 2u);
    CAF_CHECK_EQUAL(report.assertions[0].held, held);
    CAF_CHECK_EQUAL(report.assertions[0].actual, static_cast<std::uint64_t>(delivered));
    CAF_CHECK(report.assertions[1].held);
    CAF_CHECK(report.ended == (held ? outcome::passed : outcome::failed));
  }
}

CAF_TEST(what was limited or interrupted stays so whatever is asserted) {
  scenario plan;
  plan.assertions = {{tally::delivered, 1}};
  for (const auto ended : {outcome::generator_limited, outcome::interrupted}) {
    run_report report;
    report.ended = ended;
    judge(report, plan);
    CAF_CHECK(report.ended == ended);
    CAF_CHECK(!report.assertions[0].held);
  }
}
