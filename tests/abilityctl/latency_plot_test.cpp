#define CAF_SUITE latency_plot

#include "apps/abilityctl/load/latency_plot.hpp"

#include "caf/test/unit_test.hpp"

using namespace ability;

namespace {

std::vector<load::second> seconds_with(const std::vector<std::int64_t>& p50s_ns) {
  std::vector<load::second> all;
  for (const auto ns : p50s_ns) {
    auto& each = all.emplace_back();
    each.at_s = static_cast<double>(all.size());
    if (ns == 0)
      continue;
    each.latency.record(ns, 970);
    each.latency.record(ns * 8, 29);
    each.latency.record(ns * 64);
  }
  return all;
}

}  // namespace

CAF_TEST(times by what they are) {
  for (const auto& [ns, text] : std::vector<std::pair<std::int64_t, const char*>>{{0, "0 ns"},
                                                                                  {999, "999 ns"},
                                                                                  {1'000, "1.00 µs"},
                                                                                  {99'960, "100 µs"},
                                                                                  {999'499, "999 µs"},
                                                                                  {999'500, "1.00 ms"},
                                                                                  {28'640'000, "28.6 ms"},
                                                                                  {1'234'000'000, "1.23 s"},
                                                                                  {125'000'000'000, "2m 05s"}})
    CAF_CHECK_EQUAL(human_nanoseconds(ns), text);
}

CAF_TEST(a picture of median and percentile and greatest) {
  std::string picture;
  for (const auto& line : latency_plot(seconds_with({0, 1'000'000, 1'000'000, 16'000'000, 0, 1'000'000}), {}))
    picture += line + '\n';
  CAF_CHECK_EQUAL(picture, R"(LATENCY OVER TIME  █ p50  ▒ p99  · max
   1.02 s ┤                                 ···········
          │                                 ···········
          │                                 ···········
  97.3 ms ┤                                 ▒▒▒▒▒▒▒▒▒▒▒
          │           ······················▒▒▒▒▒▒▒▒▒▒▒           ···········
          │           ······················███████████           ···········
  9.25 ms ┤           ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒███████████           ▒▒▒▒▒▒▒▒▒▒▒
          │           ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒███████████           ▒▒▒▒▒▒▒▒▒▒▒
          │           ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒███████████           ▒▒▒▒▒▒▒▒▒▒▒
   880 µs ┤           █████████████████████████████████           ███████████
          └──────────────────────────────────────────────────────────────────
           0 s                                                          6.0 s
)");
}

CAF_TEST(it fits the terminal and never more than it needs) {
  const auto seconds = seconds_with(std::vector<std::int64_t>(3'000, 5'000'000));
  for (const auto columns : {40U, 80U, 200U}) {
    const auto lines = latency_plot(seconds, {.columns = columns});
    CAF_REQUIRE_EQUAL(lines.size(), 13u);
    for (const auto& line : lines)
      CAF_CHECK_LESS_OR_EQUAL(width_of(line), columns);
  }
  CAF_CHECK(latency_plot(seconds, {.columns = 20}).empty());
  CAF_CHECK(latency_plot(seconds_with({0, 5'000, 0}), {}).empty());
  CAF_CHECK(latency_plot({}, {}).empty());
}
