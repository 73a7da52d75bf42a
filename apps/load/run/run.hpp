/// A run of a load test: virtual clients, each an actor on one of the generator's lanes.
#pragma once

#include <atomic>
#include <boost/system/result.hpp>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "apps/load/links/target.hpp"
#include "apps/load/report/run_report.hpp"
#include "apps/load/scenario/scenario.hpp"

namespace ability::load {

/// Limit of processes of a run.
inline constexpr std::size_t most_processes = 64;

/// Parameters of a run.
struct run_options {
  target where;
  std::size_t lanes = 0;      ///< threads per process; 0: half of the cores
  std::size_t processes = 0;  ///< 0: as many as descriptors (and the ports of one address) require
  /// Called on the calling thread about every second, before the start and after the end; for `--pid` and
  /// `--monitor`. Null: the server is not observed.
  std::function<std::optional<server_sample>()> look_at_server;
  /// Called on the calling thread after each second with the report so far.
  std::function<void(const run_report&)> on_second;
  /// Set by a signal handler to end the run soon, as `interrupted`.
  const std::atomic<bool>* stop = nullptr;
};

/// Runs `plan`, waits for its end and judges the assertions.
///
/// REQUIRES, when more than one process is asked for or needed, that this process has one thread: it forks.
///
/// Errors: a sentence with the remedy, if a transport of the plan has no URL, a URL is invalid, or the plan needs
/// more descriptors than the system allows. Failures of servers are no errors; the report has them.
boost::system::result<run_report, std::string> run(const scenario& plan, const run_options& options);

}  // namespace ability::load
