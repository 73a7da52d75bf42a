#define CAF_SUITE report_facts

#include "apps/load/report/report_facts.hpp"

#include <caf/test/unit_test.hpp>

#include "tests/apps_load/report_sample.hpp"

using namespace ability::load;

namespace {

std::uint64_t& total(run_report& report, tally which) { return count_of(report.total, which); }

run_report judged(run_report report, std::vector<assertion> asserted) {
  scenario plan;
  plan.assertions = std::move(asserted);
  judge(report, plan);
  return report;
}

}  // namespace

CAF_TEST(counts have commas) {
  for (const auto& [count, text] : {std::pair<std::uint64_t, const char*>{0, "0"},
                                    {999, "999"},
                                    {1'000, "1,000"},
                                    {123'456, "123,456"},
                                    {18'446'744'073'709'551'615U, "18,446,744,073,709,551,615"}})
    CAF_CHECK(with_commas(count) == text);
}

CAF_TEST(what an assertion wants in words) {
  CAF_CHECK(wanted({tally::lost, 0, 0}) == "0");
  CAF_CHECK(wanted({tally::delivered, 1'000}) == "at least 1,000");
  CAF_CHECK(wanted({tally::lost, 0, 5}) == "at most 5");
  CAF_CHECK(wanted({tally::lost, 2, 5}) == "2 to 5");
  CAF_CHECK(wanted({tally::lost}) == "anything");
}

CAF_TEST(one sentence tells how it ended) {
  run_report report;
  CAF_CHECK(headline(report) == "Passed, as nothing was asserted: nobody was let in and nothing was delivered.");
  total(report, tally::connected) = 1;
  CAF_CHECK(headline(judged(report, {{tally::connected, 1}})) == "Passed: 1 connection let in.");
  report.connect.record(2'500'000);
  total(report, tally::connected) = 2;
  CAF_CHECK(headline(judged(report, {{tally::connected, 1}})) == "Passed: 2 connections let in, p99 2.50 ms.");
  total(report, tally::delivered) = 1'200;
  report.latency.record(123'456'789);
  CAF_CHECK(headline(judged(report, {{tally::lost, 0, 0}})) ==
            "Passed: 1,200 messages delivered, none lost, p99 123 ms.");
  total(report, tally::lost) = 3;
  CAF_CHECK(headline(judged(report, {{tally::lost, 0, 0}, {tally::connected, 2}, {tally::delivered, 1'201}})) ==
            "Failed: lost is 3, which had to be 0; delivered is 1,200, which had to be at least 1,201.");
  report.lasted_s = 1.25;
  report.ended = outcome::interrupted;
  CAF_CHECK(headline(report) == "Interrupted after 1.2 s: 1,200 messages delivered, 3 lost, p99 123 ms until then.");
  report.ended = outcome::generator_limited;
  CAF_CHECK(headline(report) == "Generator limited: what was measured is the generator, not the server.");
}

CAF_TEST(what went wrong is told even when nothing was asserted) {
  run_report report;
  total(report, tally::failed_clients) = 100;
  CAF_CHECK(headline(report) ==
            "Passed, as nothing was asserted: nobody was let in and nothing was delivered, 100 clients failed.");
  total(report, tally::published) = 2;
  total(report, tally::refused) = 5;
  total(report, tally::failed_clients) = 1;
  CAF_CHECK(headline(report) == "Passed, as nothing was asserted: 2 messages published, 5 refused, 1 client failed.");
  total(report, tally::connected) = 3;
  total(report, tally::lost) = 4;
  total(report, tally::missed) = 8'100;
  total(report, tally::unmet) = 3;
  CAF_CHECK(headline(judged(report, {{tally::connected, 1}})) ==
            "Passed: 3 connections let in, 4 lost, 8,100 missed, 5 refused, 3 expectations unmet, 1 client failed.");
  total(report, tally::delivered) = 900;
  CAF_CHECK(headline(judged(report, {{tally::connected, 1}})) ==
            "Passed: 900 messages delivered, 4 lost, 8,100 missed, 5 refused, 3 expectations unmet, 1 client failed.");
}

CAF_TEST(what most clients met is that of all groups) {
  run_report report;
  CAF_CHECK(!most_met(report).has_value());
  report.groups = {{{0, {{"connection refused", 2}, {"HTTP 503", 3}}}, "readers", transport::action_cable, 0},
                   {{0, {{"connection refused", 2}}}, "writers", transport::fly_tcp, 0}};
  CAF_CHECK(most_met(report) == std::pair(std::string{"connection refused"}, std::uint64_t{4}));
}

CAF_TEST(the busy time is that of deliveries) {
  run_report report;
  CAF_CHECK(!busy_time_of(report).has_value());
  for (int i = 1; i <= 5; ++i) {
    auto& each = report.seconds.emplace_back();
    each.at_s = i;
    count_of(each.counted, tally::published) = i <= 4 ? 10 : 0;
    each.server = server_sample{.cpu_s = i * i * 1.0, .rss_bytes = i, .descriptors = -1};
  }
  auto busy = busy_time_of(report);
  CAF_REQUIRE(busy.has_value());
  CAF_CHECK_EQUAL(busy->from_s, 0.0);
  CAF_CHECK_EQUAL(busy->to_s, 4.0);
  CAF_CHECK(!busy->server_cpu_s.has_value());  // no sample before the first second
  for (const auto i : {1, 2})
    count_of(report.seconds[i].counted, tally::delivered) = 500'000;
  busy = busy_time_of(report);
  CAF_REQUIRE(busy.has_value());
  CAF_CHECK_EQUAL(busy->from_s, 1.0);
  CAF_CHECK_EQUAL(busy->to_s, 3.0);
  CAF_CHECK_EQUAL(busy->delivered, 1'000'000u);
  CAF_CHECK_EQUAL(busy->published_per_s.value(), 10.0);
  CAF_CHECK_EQUAL(busy->delivered_per_s.value(), 500'000.0);
  CAF_CHECK_EQUAL(busy->server_cpu_s.value(), 8.0);
  CAF_CHECK(server_use_of(report)->cpu_us_per_delivery.value() == 8.0);
}

CAF_TEST(each rate is of its own time) {
  run_report report;
  for (int i = 1; i <= 4; ++i)
    report.seconds.emplace_back().at_s = i;
  count_of(report.seconds[0].counted, tally::published) = 10;
  count_of(report.seconds[1].counted, tally::published) = 10;
  count_of(report.seconds[3].counted, tally::delivered) = 200;  // the server stalled
  const auto busy = busy_time_of(report);
  CAF_REQUIRE(busy.has_value());
  CAF_CHECK_EQUAL(busy->from_s, 3.0);
  CAF_CHECK_EQUAL(busy->published_per_s.value(), 10.0);
  CAF_CHECK_EQUAL(busy->delivered_per_s.value(), 200.0);
}

CAF_TEST(what a server used is told as far as it was seen) {
  run_report report;
  CAF_CHECK(!server_use_of(report).has_value());
  report.server_after = server_sample{.cpu_s = 7, .rss_bytes = 300, .descriptors = 9};
  auto use = server_use_of(report);
  CAF_REQUIRE(use.has_value());
  CAF_CHECK(!use->cpu_s.has_value());
  CAF_CHECK_EQUAL(use->rss_before, 300);
  report.server_before = server_sample{.cpu_s = 2, .rss_bytes = 100, .descriptors = -1};
  report.seconds.resize(2);
  report.seconds[1].server = server_sample{.cpu_s = 3, .rss_bytes = 900, .descriptors = 50};
  use = server_use_of(report);
  CAF_CHECK_EQUAL(use->cpu_s.value(), 5.0);
  CAF_CHECK_EQUAL(use->rss_before, 100);
  CAF_CHECK_EQUAL(use->rss_after, 300);
  CAF_CHECK_EQUAL(use->rss_most, 900);
  CAF_CHECK_EQUAL(use->descriptors_before, -1);
  CAF_CHECK_EQUAL(use->descriptors_after, 9);
  report.server_after->cpu_s = 0.1;  // restarted
  CAF_CHECK(!server_use_of(report)->cpu_s.has_value());
}

CAF_TEST(many seconds are told in few steps and lose nothing) {
  const auto report = sample_report(61);
  CAF_CHECK_EQUAL(in_steps(report.seconds, 0).size(), 61u);
  CAF_CHECK_EQUAL(in_steps(report.seconds, 61).size(), 61u);
  CAF_CHECK_EQUAL(in_steps({}, 5).size(), 0u);
  const auto steps = in_steps(report.seconds, 20);
  CAF_REQUIRE_EQUAL(steps.size(), 16u);
  CAF_CHECK_EQUAL(steps[0].at_s, 4.0);
  CAF_CHECK_EQUAL(steps[15].at_s, 61.0);
  CAF_CHECK_EQUAL(steps[0].connections, report.seconds[3].connections);
  tallies sum{};
  histogram latency;
  double cores = 0;
  for (const auto& step : steps) {
    for (std::size_t i = 0; i < tally_count; ++i)
      sum[i] += step.counted[i];
    latency.merge(step.latency);
    cores += step.generator_cores * (&step == &steps.back() ? 1 : 4);
  }
  double cores_of_all = 0;
  for (const auto& each : report.seconds)
    cores_of_all += each.generator_cores;
  CAF_CHECK_EQUAL(count_of(sum, tally::delivered), count_of(report.total, tally::delivered));
  CAF_CHECK_EQUAL(latency.count(), report.latency.count());
  CAF_CHECK_LESS(std::abs(cores - cores_of_all), 1e-9);
  CAF_CHECK_EQUAL(steps[15].server->cpu_s, report.seconds[60].server->cpu_s);
}
