/// Result of a run: made by `run.hpp`, shown by `report_facts.hpp`, `report_json.hpp` and `report_page.hpp`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/load/report/measurements.hpp"
#include "apps/load/scenario/scenario.hpp"

namespace ability::load {

/// Resource use of the server's process, or of the node as reported by its monitor, at one time.
struct server_sample {
  double cpu_s = 0;  ///< CPU time since its start, in seconds
  std::int64_t rss_bytes = 0;
  std::int64_t descriptors = -1;  ///< -1: unknown
};

/// One second of a run.
struct second {
  std::uint64_t number = 0;       ///< from 1; the same in all processes. 0: unknown
  double at_s = 0;                ///< its end, in seconds since the start of the run
  std::uint64_t connections = 0;  ///< at its end
  tallies counted{};              ///< counted in this second
  histogram latency;              ///< latency of deliveries in this second, as in `run_report`
  std::int64_t lag_ns = 0;        ///< the longest lag of the generator behind its own clock
  double generator_cores = 0;     ///< cores that the generator kept busy
  std::optional<server_sample> server;
  bool is_rest = false;  ///< remainder that a process counted after its last second, `number`; no second of its own
};

/// Clients of one group, and their troubles. A client with several troubles counts in each.
struct group_report : group_outcome {
  std::string name;
  transport speaks = transport::action_cable;
  std::uint64_t clients = 0;  ///< set at the end
};

/// Result of an assertion.
struct assertion_result {
  assertion what;
  std::uint64_t actual = 0;
  bool held = false;
};

/// Outcome of a run.
enum class outcome : std::uint8_t {
  passed,
  failed,             ///< an assertion did not hold
  generator_limited,  ///< the generator was the bottleneck: the figures do not describe the server
  interrupted         ///< by Ctrl-C; the report covers the time before
};
const char* name_of(outcome which) noexcept;  ///< `generator limited`
/// Exit code of the program: 0, 1, 3, and 130 for `interrupted`.
int exit_code(outcome which) noexcept;

/// Report of a run. Times are nanoseconds of the monotonic clock.
struct run_report : measurements {
  std::string scenario;
  std::string about;
  std::string target;         ///< the URLs, without secrets
  std::int64_t began_ms = 0;  ///< wall clock, milliseconds since 1970
  double lasted_s = 0;
  std::string machine;  ///< CPU and cores
  std::size_t processes = 1;
  std::size_t lanes = 1;  ///< per process
  outcome ended = outcome::passed;
  std::vector<std::string> notes;  ///< sentences: reasons for the bottleneck, aborted parts
  std::vector<group_report> groups;
  std::vector<second> seconds;
  std::vector<assertion_result> assertions;
  std::optional<server_sample> server_before;
  std::optional<server_sample> server_after;
};

/// Adds the report of another process for the same time, or of the same process for a later time. Both have the same
/// groups; their seconds are in order.
void merge(run_report& into, const run_report& other);

/// Judges the assertions and sets `ended`, unless the run was interrupted or limited.
void judge(run_report& report, const scenario& plan);

}  // namespace ability::load
