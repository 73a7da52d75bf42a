/// What is wrong with a scenario.
#pragma once

#include <string>

namespace ability::load {

/// What is wrong, and where. Fit to be shown as it is, whatever the scenario holds.
struct scenario_error {
  std::string path;      ///< `clients[1].steps[3].publish.rate`, or `line 3, column 14`; empty: all of it
  std::string sentence;  ///< `must be above 0`, without a full stop

  /// Both, with `: ` between them.
  std::string text() const { return path.empty() ? sentence : path + ": " + sentence; }
  bool operator==(const scenario_error&) const = default;
};

}  // namespace ability::load
