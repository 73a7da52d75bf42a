#define CAF_SUITE scaled

#include "apps/load/scenario/scaled.hpp"

#include <caf/test/unit_test.hpp>

using namespace ability::load;

namespace {

constexpr auto none = std::numeric_limits<std::uint64_t>::max();

/// `count` clients that begin at `ramp`; each publishes at `rate`, once within a repetition.
scenario publishers(std::size_t count, double ramp, double rate) {
  publish_step publish;
  publish.at.per_second = rate;
  publish.times = 7;
  scenario plan;
  client_group group{.name = "y", .count = count, .ramp = ramp, .when_lost = {}, .steps = {}};
  group.steps.push_back({publish});
  group.steps.push_back({repeat_step{.times = 3, .lasting = {}, .steps = {{publish}}}});
  plan.clients.push_back(std::move(group));
  return plan;
}

const publish_step& first_publish(const scenario& plan) {
  return std::get<publish_step>(plan.clients.at(0).steps.at(0).what);
}

const publish_step& repeated_publish(const scenario& plan) {
  const auto& repeat = std::get<repeat_step>(plan.clients.at(0).steps.at(1).what);
  return std::get<publish_step>(repeat.steps.at(0).what);
}

}  // namespace

CAF_TEST(fewer clients begin more slowly and publish as fast each) {
  const auto plan = scaled(publishers(1'000, 500, 20), 0.1);
  CAF_CHECK_EQUAL(plan.clients.at(0).count, 100u);
  CAF_CHECK_EQUAL(plan.clients.at(0).ramp, 50.0);
  CAF_CHECK(first_publish(plan).at.per_second == 20.0);
  CAF_CHECK(repeated_publish(plan).at.per_second == 20.0);
  CAF_CHECK(first_publish(plan).times == 7u);
}

CAF_TEST(a client that cannot be fewer publishes more slowly) {
  const auto plan = scaled(publishers(1, 0, 100), 0.1);
  CAF_CHECK_EQUAL(plan.clients.at(0).count, 1u);
  CAF_CHECK_EQUAL(plan.clients.at(0).ramp, 0.0);
  CAF_CHECK(first_publish(plan).at.per_second == 10.0);
  CAF_CHECK(repeated_publish(plan).at.per_second == 10.0);
}

CAF_TEST(more clients publish as fast each) {
  const auto plan = scaled(publishers(2, 5, 10), 3);
  CAF_CHECK_EQUAL(plan.clients.at(0).count, 6u);
  CAF_CHECK_EQUAL(plan.clients.at(0).ramp, 15.0);
  CAF_CHECK(first_publish(plan).at.per_second == 10.0);
}

CAF_TEST(no rate falls below one a second that was not below it) {
  const auto plan = scaled(publishers(1, 2, 3), 0.01);
  CAF_CHECK_EQUAL(plan.clients.at(0).ramp, 1.0);
  CAF_CHECK(first_publish(plan).at.per_second == 1.0);
  CAF_CHECK(first_publish(scaled(publishers(1, 2, 0.25), 0.01)).at.per_second == 0.25);
  CAF_CHECK(first_publish(scaled(publishers(1, 2, 0), 0.01)).at.per_second == 0.0);
}

CAF_TEST(assertions keep what can still hold) {
  auto plan = publishers(1, 0, 1);
  plan.assertions = {{tally::lost, 0, 0}, {tally::connected, 50, 50}, {tally::delivered, 100, none}};
  const auto is = [](const assertion& each, std::uint64_t min, std::uint64_t max) {
    return each.min == min && each.max == max;
  };
  const auto smaller = scaled(plan, 0.5);
  CAF_CHECK(is(smaller.assertions.at(0), 0, 0));
  CAF_CHECK(is(smaller.assertions.at(1), 1, 50));
  CAF_CHECK(is(smaller.assertions.at(2), 1, none));
  const auto larger = scaled(plan, 2);
  CAF_CHECK(is(larger.assertions.at(0), 0, 0));
  CAF_CHECK(is(larger.assertions.at(1), 50, none));
  CAF_CHECK(is(larger.assertions.at(2), 100, none));
  const auto same = scaled(plan, 1);
  CAF_CHECK(is(same.assertions.at(1), 50, 50));
}
