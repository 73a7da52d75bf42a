/// What a load test does: the one form that a JSON file (`scenario_file.hpp`) and a test in C++ both make.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "apps/load/scenario/steps.hpp"
#include "apps/load/scenario/tally.hpp"

namespace ability::load {

/// Streams that are followed or published to, under one name in the scenario.
struct stream_set {
  std::string name;
  std::string pattern;  ///< name of a stream; `{n}` in it becomes 0 to `count` - 1
  std::size_t count = 1;
};

/// What a client does that lost its connection without having asked for it.
struct on_loss {
  bool reconnect = false;                                    ///< else it ends, and counts as failed
  time_range after{milliseconds{100}, milliseconds{1'000}};  ///< doubled with each attempt that fails, up to 30 s
};

/// Clients that all do the same.
struct client_group {
  std::string name;
  std::size_t count = 1;
  transport speaks = transport::action_cable;
  double ramp = 0;            ///< clients that begin each second; 0: all at once
  std::size_t at_once = 256;  ///< clients that connect at a time, at most
  on_loss when_lost = {};
  std::vector<step> steps;  ///< a client that did not disconnect stays in until the run ends
};

/// What must hold of a tally at the end, for the run to have passed.
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
  milliseconds grace{5'000};  ///< after the last step, for messages on their way
  milliseconds limit{0};      ///< the run ends after so long whatever has happened; 0: none
};

}  // namespace ability::load
