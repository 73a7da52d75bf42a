/// What a run gave: made by `run.hpp`, shown by `report_facts.hpp`, `report_json.hpp` and `report_page.hpp`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/load/report/measurements.hpp"
#include "apps/load/scenario/scenario.hpp"

namespace ability::load {

/// What the server's process (or the node, when a monitor tells) had used at some time.
struct server_sample {
  double cpu_s = 0;  ///< CPU time since it started, in seconds
  std::int64_t rss_bytes = 0;
  std::int64_t descriptors = -1;  ///< -1: not known
};

/// One second of a run.
struct second {
  std::uint64_t number = 0;       ///< from 1; the same in all processes. 0: not told
  double at_s = 0;                ///< end of it, since the run began
  std::uint64_t connections = 0;  ///< at its end
  tallies counted{};              ///< in it
  histogram latency;              ///< of deliveries in it, as `run_report::latency`
  std::int64_t lag_ns = 0;        ///< the longest that the generator ran behind its own clock
  double generator_cores = 0;     ///< that the generator kept busy
  std::optional<server_sample> server;
  bool is_rest = false;  ///< no second, but what a process counted after its last, which `number` is of
};

/// Clients of one group, and what they met: one that met several things is told with each.
struct group_report : group_outcome {
  std::string name;
  transport speaks = transport::action_cable;
  std::uint64_t clients = 0;  ///< told at the end
};

/// How an assertion came out.
struct assertion_result {
  assertion what;
  std::uint64_t actual = 0;
  bool held = false;
};

/// How a run ended.
enum class outcome : std::uint8_t {
  passed,
  failed,             ///< an assertion did not hold
  generator_limited,  ///< the generator was the bottleneck: its figures are not the server's
  interrupted         ///< by Ctrl-C: all is as it was then
};
const char* name_of(outcome which) noexcept;  ///< `generator limited`
/// What a program ends with: 0, 1, 3, and 130 for `interrupted`.
int exit_code(outcome which) noexcept;

/// What a run gave. Times are nanoseconds of the monotonic clock.
struct run_report : measurements {
  std::string scenario;
  std::string about;
  std::string target;         ///< the URLs, without secrets
  std::int64_t began_ms = 0;  ///< wall clock, epoch
  double lasted_s = 0;
  std::string machine;  ///< CPU and cores
  std::size_t processes = 1;
  std::size_t lanes = 1;  ///< of each process
  outcome ended = outcome::passed;
  std::vector<std::string> notes;  ///< sentences: why the generator was the bottleneck, what was cut short
  std::vector<group_report> groups;
  std::vector<second> seconds;
  std::vector<assertion_result> assertions;
  std::optional<server_sample> server_before;
  std::optional<server_sample> server_after;
};

/// Adds what another process did at the same time, or the same one later; both have the same groups, and seconds in
/// order.
void merge(run_report& into, const run_report& other);

/// Says how the assertions came out, and with it `ended`, unless it was interrupted or limited already.
void judge(run_report& report, const scenario& plan);

}  // namespace ability::load
