#define CAF_SUITE metric_families

#include "net/metrics/metric_families.hpp"

#include <array>
#include <string>

#include "caf/test/unit_test.hpp"
#include "net/cluster/tunnel_counters.hpp"
#include "net/cluster/tunnel_metrics.hpp"

using namespace ability;

namespace {

bool has(const metric_families& which, std::string_view line) {
  return ('\n' + which.text()).find('\n' + std::string{line} + '\n') != std::string::npos;
}

}  // namespace

CAF_TEST(metrics have a help text and a type) {
  metric_families all;
  all.add_counter("a_total", "how often", 3);
  all.add_gauge("b", "how many", 4);
  CAF_CHECK(has(all, "# HELP a_total how often"));
  CAF_CHECK(has(all, "# TYPE a_total counter"));
  CAF_CHECK(has(all, "a_total 3"));
  CAF_CHECK(has(all, "# TYPE b gauge"));
  CAF_CHECK(has(all, "b 4"));
}

CAF_TEST(labelled counters share a name) {
  metric_families all;
  all.add_labelled("a_total", "how often", "kind", {{"x", "", 1}, {"y", "", 2}});
  std::array<counter, 2> counters;
  counters[1].add(5);
  all.add_labelled("b_total", "how often", "kind", counters, [](std::size_t i) { return i == 0 ? "zero" : "one"; });
  CAF_CHECK(has(all, R"(a_total{kind="x"} 1)"));
  CAF_CHECK(has(all, R"(a_total{kind="y"} 2)"));
  CAF_CHECK(has(all, R"(b_total{kind="zero"} 0)"));
  CAF_CHECK(has(all, R"(b_total{kind="one"} 5)"));
}

CAF_TEST(the tunnel adds its counters) {
  tunnel_counters of;
  of.accepted.add();
  metric_families all;
  collect(of, all);
  CAF_CHECK(has(all, "ability_tunnel_accepted_total 1"));
  CAF_CHECK(has(all, R"(ability_tunnel_refused_total{reason="crowded_out"} 0)"));
  CAF_CHECK(has(all, "ability_tunnel_dropped_msg_total 0"));
}
