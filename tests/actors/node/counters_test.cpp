// Labels: threads
#define CAF_SUITE counters
#include "actors/node/counters.hpp"

#include <algorithm>
#include <thread>

#include "caf/test/unit_test.hpp"

using namespace ability;

namespace {

constexpr std::array<double, 3> bounds{1, 10, 100};

}  // namespace

CAF_TEST(a counter adds and subtracts) {
  counter uut;
  CAF_CHECK_EQUAL(uut.get(), 0u);
  uut.add();
  uut.add(10);
  uut.sub(3);
  uut.sub();
  CAF_CHECK_EQUAL(uut.get(), 7u);
}

CAF_TEST(another thread sees a counter grow and never shrink) {
  counter uut;
  constexpr std::uint64_t last = 100'000;
  auto shrunk = 0;
  {
    std::jthread reader{[&] {
      for (std::uint64_t seen = 0; seen < last;) {
        const auto now = uut.get();
        shrunk += now < seen;
        seen = now;
      }
    }};
    for (std::uint64_t i = 0; i < last; ++i)
      uut.add();
  }
  CAF_CHECK_EQUAL(shrunk, 0);
  CAF_CHECK_EQUAL(uut.get(), last);
}

CAF_TEST(a bucket of a histogram holds its upper bound and the last one the rest) {
  histogram<bounds> uut;
  for (const auto value : {0.0, 1.0, 1.5, 10.0, 99.0, 100.0, 100.5, 1e9})
    uut.observe(value);
  CAF_CHECK_EQUAL(uut.buckets, 4u);
  CAF_CHECK_EQUAL(uut.count(0), 2u);
  CAF_CHECK_EQUAL(uut.count(1), 2u);
  CAF_CHECK_EQUAL(uut.count(2), 2u);
  CAF_CHECK_EQUAL(uut.count(3), 2u);
}

CAF_TEST(a histogram sums what was observed) {
  histogram<bounds> uut;
  uut.observe(0.5);
  uut.observe(200);
  CAF_CHECK_EQUAL(uut.sum(), 200.5);
}

CAF_TEST(bounds ascend) {
  CAF_CHECK(std::ranges::is_sorted(latency_bounds));
  CAF_CHECK(std::ranges::is_sorted(fanout_bounds));
}
