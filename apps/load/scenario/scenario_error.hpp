/// An error in a scenario.
#pragma once

#include <string>

namespace ability::load {

/// The error and its place. Printable for any content of the scenario.
struct scenario_error {
  std::string path;      ///< `clients[1].steps[3].publish.rate`, or `line 3, column 14`; empty: the whole scenario
  std::string sentence;  ///< `must be above 0`, without a full stop

  /// Path and sentence, separated by `: `.
  std::string text() const { return path.empty() ? sentence : path + ": " + sentence; }
  bool operator==(const scenario_error&) const = default;
};

}  // namespace ability::load
