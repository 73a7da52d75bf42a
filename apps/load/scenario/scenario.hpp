/// A load test, made from a JSON file (`scenario_file.hpp`) or by a test in C++.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "apps/load/scenario/steps.hpp"
#include "apps/load/scenario/tally.hpp"

namespace ability::load {

/// Streams with a common name in the scenario, to follow or to publish to.
struct stream_set {
  std::string name;
  std::string pattern;  ///< name of the streams; `{n}` becomes 0 to `count` - 1
  std::size_t count = 1;
};

/// Reaction of a client to the loss of its connection.
struct on_loss {
  bool reconnect = false;                                    ///< false: the client ends and counts as failed
  time_range after{milliseconds{100}, milliseconds{1'000}};  ///< doubled after each failed attempt, up to 30 s
};

/// Clients with the same steps.
struct client_group {
  std::string name;
  std::size_t count = 1;
  transport speaks = transport::action_cable;
  double ramp = 0;            ///< clients that begin per second; 0: all at once
  std::size_t at_once = 256;  ///< limit of clients that connect at the same time
  on_loss when_lost = {};
  std::vector<step> steps;  ///< a client without a final disconnect stays connected until the run ends
};

/// Range that a tally must have at the end for the run to pass.
struct assertion {
  tally what = tally::lost;
  std::uint64_t min = 0;
  std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
};

/// A load test.
struct scenario {
  std::string name;
  std::string about;  ///< one sentence
  std::vector<stream_set> streams;
  std::vector<client_group> clients;
  std::vector<assertion> assertions;
  milliseconds grace{5'000};  ///< wait after the last step for messages in flight
  milliseconds limit{0};      ///< maximum duration of the run; 0: none
};

}  // namespace ability::load
