/// Runs a load test: virtual clients, each an actor on one of the generator's lanes.
#pragma once

#include <atomic>
#include <boost/system/result.hpp>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/load/report/run_report.hpp"
#include "apps/load/scenario/scenario.hpp"

namespace ability::load {

/// Which server. Clients of a group are spread evenly over the URLs that fit what they speak.
struct target {
  std::vector<std::string> cable = {};  ///< `ws://` or `wss://host:port/path`; FlyRPC over WebSocket uses them, too
  std::vector<std::string> fly = {};    ///< `tcp://`, `tls://` or `udp://host:port`
  std::vector<std::string> http = {};  ///< where to POST publications; empty: `/_broadcast` beside the first of `cable`
  std::string redis = {};              ///< `redis://[user:password@]host:port[/db]`
  std::string redis_channel = "__anycable__";
  std::string broadcast_key = {};                                 ///< bearer of the POST; empty: none
  std::string token = {};                                         ///< for clients; empty: none
  std::vector<std::pair<std::string, std::string>> headers = {};  ///< of each client's request
  std::string ca_file = {};  ///< PEM of the authorities to trust; empty: the system's
};

/// A run has so many processes at most.
inline constexpr std::size_t most_processes = 64;

/// How to run it.
struct run_options {
  target where;
  std::size_t lanes = 0;      ///< threads of each process; 0: half of the cores
  std::size_t processes = 0;  ///< 0: as many as the descriptors (and the ports of one address) ask for
  /// Called on the calling thread about each second, and before the start and after the end; for `--pid` and
  /// `--monitor`. Null: nobody looks at the server.
  std::function<std::optional<server_sample>()> look_at_server;
  /// Called on the calling thread after each second with the report so far.
  std::function<void(const run_report&)> on_second;
  /// Set by a signal handler: the run ends soon, as `interrupted`.
  const std::atomic<bool>* stop = nullptr;
};

/// Runs `plan` and waits for its end. Assertions are judged.
///
/// REQUIRES, when more than one process is asked for or needed, that this process has one thread: it forks.
///
/// Errors, in a sentence that names the remedy: a transport of the plan has no URL among the targets, a URL is none,
/// the plan needs more descriptors than the system gives. What servers do is no error; it is in the report.
boost::system::result<run_report, std::string> run(const scenario& plan, const run_options& options);

}  // namespace ability::load
