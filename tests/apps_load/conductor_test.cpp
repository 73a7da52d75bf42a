#define CAF_SUITE conductor

#include "apps/load/run/conductor.hpp"

#include "tests/apps_load/load_fixture.hpp"

using namespace ability::load;

namespace {

struct conductor_fixture : load_fixture {
  conductor_fixture() { plan.grace = milliseconds{1'000}; }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(conductor_tests, conductor_fixture)

CAF_TEST(a ramp begins so many each second) {
  clients("ramped", 10, {{connect_step{}}}).ramp = 50;
  run();
  std::vector<std::int64_t> at;
  for (const auto each : net.connected_at)
    at.push_back((each - began) / ms);
  const std::vector<std::int64_t> expected{0, 20, 40, 60, 80, 100, 120, 140, 160, 180};
  CAF_CHECK_EQUAL(at, expected);
}

CAF_TEST(so many connect at a time) {
  clients("all", 10, {{connect_step{}}}).at_once = 4;
  run();
  std::vector<std::int64_t> at;
  for (const auto each : net.connected_at)
    at.push_back((each - began) / ms);
  const std::vector<std::int64_t> expected{0, 0, 0, 0, 2, 2, 2, 2, 4, 4};
  CAF_CHECK_EQUAL(at, expected);
}

CAF_TEST(those that were not let in make room for others) {
  clients("all", 6, {{connect_step{}}}).at_once = 2;
  net.refuse_client = [](std::size_t client) { return client < 4 ? "HTTP 401" : ""; };
  run();
  CAF_CHECK_EQUAL(total(tally::connected), 2u);
  CAF_CHECK_EQUAL(total(tally::connect_failures), 4u);
}

CAF_TEST(more clients than are begun in one turn) {
  clients("many", 1'300, {{connect_step{}}});
  run();
  CAF_CHECK_EQUAL(total(tally::connected), 1'300u);
}

CAF_TEST(lanes and processes share the clients and meet) {
  parts = 3;
  lanes = 2;
  clients("followers", 10, {{connect_step{}}, follows(), meets("all"), meets("end")});
  clients("publishers", 2, {meets("all"), publishes(10, 100), meets("end")});
  run();
  CAF_CHECK_EQUAL(total(tally::connected), 10u);
  CAF_CHECK_EQUAL(total(tally::published), 20u);
  CAF_CHECK_EQUAL(total(tally::delivered), 200u);
  CAF_CHECK_EQUAL(total(tally::lost), 0u);
  CAF_CHECK_EQUAL(report.processes, 3u);
  CAF_CHECK_EQUAL(report.lanes, 2u);
  CAF_REQUIRE_EQUAL(report.groups.size(), 2u);
  CAF_CHECK_EQUAL(report.groups[0].clients, 10u);
  CAF_CHECK_EQUAL(report.groups[0].completed, 10u);
  CAF_CHECK_EQUAL(report.groups[1].completed, 2u);
}

CAF_TEST(a process that dies takes its clients with it and no others wait for them) {
  parts = 2;
  clients("followers", 4, {{connect_step{}}, follows(), meets("all"), meets("end")});
  clients("publisher", 1, {meets("all"), publishes(10, 100), meets("end")});
  begin();
  go_to(began + 50 * ms);
  std::erase_if(told, [](const auto& each) { return each.first == 1; });
  directs->on_lost(1, net.time);
  go_until([this] { return directs->is_over(); });
  report = directs->report();
  CAF_CHECK_EQUAL(report.groups[0].troubles["the generator's process died"], 2u);
  CAF_CHECK_EQUAL(total(tally::failed_clients), 2u);
  CAF_CHECK_EQUAL(report.groups[0].completed, 2u);
  CAF_CHECK_EQUAL(report.groups[1].completed, 1u);
  CAF_CHECK_EQUAL(report.notes.size(), 1u);
  plan.assertions = {{tally::delivered, 1'000}};
  judge(report, plan);
  CAF_CHECK(report.ended == outcome::generator_limited);
  caf::anon_send(conductors[1], part_order{part_order::kind::dismiss});
  consume_messages();
}

CAF_TEST(each second tells what was counted in it) {
  clients("followers", 2, {{connect_step{}}, follows(), meets("all"), meets("end")});
  clients("publisher", 1, {meets("all"), publishes(30, 10), meets("end")});
  run();
  CAF_REQUIRE_GREATER_OR_EQUAL(report.seconds.size(), 3u);
  CAF_CHECK_EQUAL(report.seconds[0].at_s, 1.0);
  CAF_CHECK_EQUAL(report.seconds[1].at_s, 2.0);
  CAF_CHECK_EQUAL(report.seconds[1].connections, 2u);
  CAF_CHECK_EQUAL(count_of(report.seconds[1].counted, tally::delivered), 20u);
  CAF_CHECK_EQUAL(report.seconds[1].latency.count(), 20u);
  std::uint64_t delivered = 0;
  for (const auto& each : report.seconds)
    delivered += count_of(each.counted, tally::delivered);
  CAF_CHECK_EQUAL(delivered, 60u);
}

CAF_TEST(the limit ends steps and fails those who had not done all) {
  plan.limit = milliseconds{500};
  clients("slow", 2, {{connect_step{}}, waits(10'000)});
  clients("fast", 1, {{connect_step{}}});
  clients("late", 10, {{connect_step{}}}).ramp = 10;
  run();
  CAF_CHECK_LESS(net.time - began, 2'000 * ms);
  CAF_CHECK_EQUAL(report.groups[0].troubles["cut short by the limit"], 2u);
  CAF_CHECK_EQUAL(report.groups[1].completed, 1u);
  CAF_CHECK_EQUAL(report.groups[2].completed + report.groups[2].troubles["cut short by the limit"], 10u);
  CAF_CHECK_GREATER_OR_EQUAL(report.groups[2].completed, 5u);
  CAF_CHECK_EQUAL(total(tally::failed_clients), 2 + report.groups[2].troubles["cut short by the limit"]);
  CAF_CHECK_EQUAL(report.notes.size(), 1u);
}

CAF_TEST(an interrupted run ends within seconds and fails nobody) {
  net.answer_ns = 100 * ms;
  clients("followers", 2, {{connect_step{}}, follows(), waits(100'000)});
  clients("publisher", 1, {waits(50), publishes(100'000, 100)});
  begin();
  go_to(began + 1'000 * ms);
  directs->interrupt(net.time);
  go_until([this] { return directs->is_over(); });
  report = directs->report();
  CAF_CHECK(report.ended == outcome::interrupted);
  CAF_CHECK_LESS(net.time - began, 2'500 * ms);
  CAF_CHECK_EQUAL(total(tally::failed_clients), 0u);
  CAF_CHECK_EQUAL(report.groups[0].completed + report.groups[1].completed, 0u);
  CAF_CHECK_EQUAL(total(tally::lost), 0u);
  CAF_CHECK_EQUAL(total(tally::published), net.handed_in.size());
  CAF_CHECK_EQUAL(total(tally::delivered), 2 * net.handed_in.size());
}

CAF_TEST(a lane that lags limits the generator) {
  clients("followers", 1, {{connect_step{}}, follows(), meets("all"), meets("end")});
  clients("publisher", 1, {meets("all"), publishes(500, 100), meets("end")});
  begin();
  for (int i = 0; i < 40; ++i) {
    go_to(began + i * 120 * ms);
    net.time += 80 * ms;  // simulates a busy lane
  }
  go_until([this] { return directs->is_over(); });
  report = directs->report();
  judge(report, plan);
  CAF_CHECK(report.ended == outcome::generator_limited);
  CAF_REQUIRE_EQUAL(report.notes.size(), 1u);
  CAF_CHECK(report.notes.front().find("behind their own clock") != std::string::npos);
  CAF_CHECK_GREATER_OR_EQUAL(report.lag.max(), 70 * ms);
}

CAF_TEST(a lane that lags while clients leave limits nothing) {
  clients("followers", 1, {{connect_step{}}, follows(), meets("all"), meets("end")});
  clients("publisher", 1, {meets("all"), publishes(500, 100), meets("end")});
  begin();
  go_to(began + 10 * ms);
  CAF_CHECK(!desks.front()->is_over);
  desks.front()->is_over = true;
  for (int i = 0; i < 40; ++i) {
    go_to(began + i * 120 * ms);
    net.time += 80 * ms;
  }
  go_until([this] { return directs->is_over(); });
  report = directs->report();
  judge(report, plan);
  CAF_CHECK(report.ended == outcome::passed);
  CAF_CHECK_LESS(report.lag.max(), 10 * ms);
}

CAF_TEST(a lane knows when its clients go) {
  clients("followers", 1, {{connect_step{}}});
  begin();
  CAF_CHECK(!desks.front()->is_over);
  CAF_REQUIRE(go_until([this] { return directs->is_over(); }));
  CAF_CHECK(desks.front()->is_over);
}

CAF_TEST_FIXTURE_SCOPE_END()
