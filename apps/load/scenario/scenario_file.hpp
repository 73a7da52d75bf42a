/// Scenarios as JSON. `tests/load/README.md` describes the form; `tests/load/scenarios` has examples.
#pragma once

#include <boost/system/result.hpp>
#include <filesystem>
#include <string>
#include <string_view>

#include "apps/load/scenario/scenario.hpp"
#include "apps/load/scenario/scenario_error.hpp"

namespace ability::load {

/// Parses and checks a scenario (`scenario_check.hpp`). Error: the first fault.
boost::system::result<scenario, scenario_error> parse_scenario(std::string_view text);

/// Reads a file of at most 1 MiB. Error: one sentence without a full stop that begins with the file's name.
boost::system::result<scenario, std::string> load_scenario(const std::filesystem::path& file);

}  // namespace ability::load
