#define CAF_SUITE plan_length

#include "apps/load/scenario/plan_length.hpp"

#include <caf/test/unit_test.hpp>

using namespace ability::load;

namespace {

step publish_for(milliseconds time) {
  publish_step what;
  what.lasting = time;
  return {what};
}

step publish_times(std::size_t times, double per_second) {
  publish_step what;
  what.times = times;
  what.at.per_second = per_second;
  return {what};
}

step wait_for(int ms) { return {wait_step{{milliseconds{0}, milliseconds{ms}}}}; }

client_group group(std::vector<step> steps, std::size_t count = 1, double ramp = 0) {
  client_group made;
  made.count = count;
  made.ramp = ramp;
  made.steps = std::move(steps);
  return made;
}

std::optional<double> seconds_of_plan(std::vector<client_group> groups, int limit_ms = 0) {
  scenario plan;
  plan.clients = std::move(groups);
  plan.limit = milliseconds{limit_ms};
  return planned_seconds(plan);
}

}  // namespace

CAF_TEST(the last client of the slowest group counts) {
  CAF_CHECK(seconds_of_plan({group({publish_for(milliseconds{3'000}), wait_for(500)}),
                             group({wait_for(2'000)}, 101, 100), group({publish_times(20, 10)})}) == 3.5);
  CAF_CHECK(seconds_of_plan({group({wait_for(2'000)}, 301, 100)}) == 5.0);
}

CAF_TEST(whoever meets others waits for them) {
  const step met{meet_step{"all in"}};
  CAF_CHECK(seconds_of_plan({group({met, wait_for(1'000)}), group({met}, 401, 100)}) == 5.0);
  const step other{meet_step{"done"}};
  CAF_CHECK(seconds_of_plan({group({other}), group({met, wait_for(1'000), other, wait_for(1'000)}),
                             group({wait_for(3'000), met})}) == 5.0);
}

CAF_TEST(repetitions are counted or last) {
  CAF_CHECK(seconds_of_plan({group({{repeat_step{4, {}, {wait_for(500)}}}})}) == 2.0);
  CAF_CHECK(seconds_of_plan({group({{repeat_step{{}, milliseconds{1'200}, {wait_for(500)}}}})}) == 1.5);
  CAF_CHECK(seconds_of_plan({group({{repeat_step{{}, milliseconds{1'200}, {{connect_step{}}}}}})}) == 1.2);
}

CAF_TEST(what the server decides is not known but for the limit) {
  CAF_CHECK(!seconds_of_plan({group({publish_times(1'000, 0), wait_for(500)})}).has_value());
  CAF_CHECK(!seconds_of_plan({group({{connect_step{}}})}).has_value());
  CAF_CHECK(seconds_of_plan({group({publish_times(1'000, 0)})}, 7'000) == 7.0);
  CAF_CHECK(seconds_of_plan({group({wait_for(9'000)})}, 7'000) == 7.0);
  CAF_CHECK(seconds_of_plan({group({wait_for(2'000)})}, 7'000) == 2.0);
}

CAF_TEST(clients that would wait for each other forever end the reckoning) {
  const step a{meet_step{"a"}};
  const step b{meet_step{"b"}};
  CAF_CHECK(seconds_of_plan({group({a, wait_for(1'000), b}), group({b, wait_for(1'000), a})}).has_value());
}

CAF_TEST(who connects anew for ever is told unless there is a limit) {
  scenario plan;
  plan.clients = {group({wait_for(1)}), group({wait_for(1)})};
  CAF_CHECK(!why_endless(plan));
  plan.clients[1].name = "patient";
  plan.clients[1].when_lost.reconnect = true;
  CAF_REQUIRE(why_endless(plan));
  CAF_CHECK(why_endless(plan)->starts_with("Clients `patient` "));
  plan.limit = milliseconds{1'000};
  CAF_CHECK(!why_endless(plan));
}
