#define CAF_SUITE histogram

#include "apps/load/report/histogram.hpp"

#include <caf/test/unit_test.hpp>

using ability::load::histogram;

CAF_TEST(what falls into a bucket is told within its width) {
  for (std::int64_t value = 1; value < (std::int64_t{1} << 39); value = value * 3 / 2 + 1) {
    histogram one;
    one.record(value);
    one.record(0);
    one.record(value * 2);
    const auto middle = one.at(0.5);
    CAF_CHECK_GREATER_OR_EQUAL(middle, value);
    CAF_CHECK_LESS_OR_EQUAL(static_cast<double>(middle), static_cast<double>(value) * 1.008);
  }
}

CAF_TEST(percentiles of an even spread) {
  histogram all;
  for (int i = 1; i <= 10'000; ++i)
    all.record(i * 1'000);
  CAF_CHECK_EQUAL(all.count(), 10'000u);
  CAF_CHECK_EQUAL(all.min(), 1'000);
  CAF_CHECK_EQUAL(all.max(), 10'000'000);
  CAF_CHECK_EQUAL(all.mean(), 5'000'500.0);
  CAF_CHECK_EQUAL(all.at(1), 10'000'000);
  CAF_CHECK_LESS(std::abs(static_cast<double>(all.at(0.99)) - 9.9e6), 9.9e6 * 0.008);
}

CAF_TEST(two are one when merged or told by buckets) {
  histogram a;
  histogram b;
  histogram both;
  for (int i = 0; i < 1'000; ++i) {
    (i % 2 == 0 ? a : b).record(i * i);
    both.record(i * i);
  }
  histogram merged = a;
  merged.merge(b);
  CAF_CHECK_EQUAL(merged.at(0.5), both.at(0.5));
  CAF_CHECK_EQUAL(merged.max(), both.max());
  CAF_CHECK_EQUAL(merged.min(), 0);
  histogram told;
  for (const auto& each : both.buckets())
    told.add(each.index, each.count);
  CAF_CHECK_EQUAL(told.count(), both.count());
  CAF_CHECK_EQUAL(told.at(0.9), both.at(0.9));
}

CAF_TEST(the empty one the negative and the huge) {
  histogram none;
  CAF_CHECK_EQUAL(none.at(0.5), 0);
  CAF_CHECK_EQUAL(none.mean(), 0.0);
  none.merge(histogram{});
  none.add(1'000'000, 5);
  CAF_CHECK_EQUAL(none.count(), 0u);
  none.record(-5);
  none.record(std::int64_t{1} << 60);
  CAF_CHECK_EQUAL(none.min(), 0);
  CAF_CHECK_EQUAL(none.count(), 2u);
}

CAF_TEST(what comes below the least so far finds its place) {
  histogram all;
  histogram other;
  for (const auto value : {1'000'000, 5, 40'000, 300, 900'000'000}) {
    all.record(value);
    other.record(value * 2);
  }
  CAF_REQUIRE_EQUAL(all.buckets().size(), 5u);
  CAF_CHECK(all.buckets().front().highest == 5);
  CAF_CHECK_EQUAL(all.at(0.2), 5);
  CAF_CHECK_EQUAL(all.at(1), 900'000'000);
  all.merge(other);
  CAF_CHECK_EQUAL(all.count(), 10u);
  CAF_CHECK_EQUAL(all.buckets().size(), 10u);
  CAF_CHECK_EQUAL(all.at(0.2), 10);
  CAF_CHECK_EQUAL(all.max(), 1'800'000'000);
}
