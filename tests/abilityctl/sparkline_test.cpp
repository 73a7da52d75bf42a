#define CAF_SUITE sparkline
#include "apps/abilityctl/terminal/sparkline.hpp"

#include <limits>
#include <vector>

#include "caf/test/unit_test.hpp"

using namespace ability;
using figures = std::vector<std::optional<double>>;

CAF_TEST(from nothing to the highest) {
  CAF_CHECK_EQUAL(sparkline(figures{0, 1, 2, 3, 4, 5, 6, 7}, 8), "▁▂▃▄▅▆▇█");
  CAF_CHECK_EQUAL(sparkline(figures{0, 0.001, 100}, 3), "▁▂█");
  CAF_CHECK_EQUAL(sparkline(figures{0, 0}, 2), "▁▁");
  CAF_CHECK_EQUAL(sparkline(figures{5, 5}, 2), "██");
}

CAF_TEST(the last figures are at the right) {
  CAF_CHECK_EQUAL(sparkline(figures{1, 2}, 4), "  ▅█");
  // The scale covers only the visible figures.
  CAF_CHECK_EQUAL(sparkline(figures{1'000, 1, 2}, 2), "▅█");
  CAF_CHECK_EQUAL(sparkline(figures{}, 3), "   ");
  CAF_CHECK_EQUAL(sparkline(figures{1}, 0), "");
}

CAF_TEST(what is not known is a space) {
  CAF_CHECK_EQUAL(sparkline(figures{1, std::nullopt, 1}, 3), "█ █");
  CAF_CHECK_EQUAL(sparkline(figures{std::nullopt}, 1), " ");
  CAF_CHECK_EQUAL(sparkline(figures{-1, 1}, 2), "▁█");
  CAF_CHECK_EQUAL(sparkline(figures{std::numeric_limits<double>::quiet_NaN(), 1}, 2), " █");
}
