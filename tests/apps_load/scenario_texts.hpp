/// Scenarios of which only one part matters.
#pragma once

#include <caf/test/unit_test.hpp>
#include <string>

#include "apps/load/scenario/scenario_file.hpp"

namespace ability::load {

/// A scenario with `members` beside its name.
inline std::string with(const std::string& members) { return R"({"name": "x", )" + members + '}'; }

/// A scenario whose one group of clients has `members`; its streams are `news` and 100 `rooms`.
inline std::string with_group(const std::string& members) {
  return with(
      R"("streams": {"news": "news", "rooms": {"name": "room/{n}", "count": 100}}, "clients": [{"name": "y", )" +
      members + "}]");
}

/// A scenario whose ten clients run `steps`.
inline std::string with_steps(const std::string& steps) {
  return with_group(R"("count": 10, "steps": [)" + steps + ']');
}

/// The mistake found in `text`; empty: none.
inline std::string mistake_in(const std::string& text) {
  const auto read = parse_scenario(text);
  return read ? std::string{} : read.error().text();
}

/// Checks that the mistake found in `text` is exactly `mistake`.
inline void check_mistake(const std::string& text, const std::string& mistake) {
  const auto found = mistake_in(text);
  CAF_CHECK_EQUAL(found, mistake);
}

}  // namespace ability::load
