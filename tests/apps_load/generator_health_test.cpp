#define CAF_SUITE generator_health

#include "apps/load/run/generator_health.hpp"

#include <caf/test/unit_test.hpp>

using ability::load::generator_health;
using ability::load::histogram;

namespace {

histogram lag(std::int64_t ms, std::uint64_t ticks = 100) {
  histogram made;
  made.record(ms * 1'000'000, ticks);
  return made;
}

}  // namespace

CAF_TEST(a generator with time to spare is no bottleneck) {
  generator_health health;
  CAF_CHECK(!health.why_limited());
  for (int i = 0; i < 100; ++i)
    health.add(true, i % 6 == 0 ? 0.99 : 0.6, lag(i % 200 == 0 ? 300 : 1));
  CAF_CHECK(!health.why_limited());
}

CAF_TEST(busy lanes are told with what to do) {
  generator_health health;
  for (int i = 0; i < 10; ++i)
    health.add(true, i < 3 ? 0.99 : 0.6, lag(1));
  const auto why = health.why_limited();
  CAF_REQUIRE(why);
  CAF_CHECK(why->find("3 of 10 seconds") != std::string::npos);
  CAF_CHECK(why->find("more lanes") != std::string::npos);
}

CAF_TEST(one busy second of two is too little to tell) {
  generator_health health;
  health.add(true, 0.99, lag(1));
  health.add(true, 0.5, lag(1));
  CAF_CHECK(!health.why_limited());
}

CAF_TEST(lag counts by its 99th percentile) {
  generator_health health;
  health.add(true, 0.1, lag(60, 1));
  health.add(true, 0.1, lag(1, 200));
  CAF_CHECK(!health.why_limited());
  health.add(true, 0.1, lag(60, 10));
  const auto why = health.why_limited();
  CAF_REQUIRE(why);
  CAF_CHECK(why->find("60 ms behind") != std::string::npos);
}

CAF_TEST(seconds without load do not count) {
  generator_health health;
  for (int i = 0; i < 10; ++i)
    health.add(false, 1, lag(500));
  CAF_CHECK(!health.why_limited());
}
