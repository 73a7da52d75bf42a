/// Scenarios as JSON. `tests/load/README.md` describes the form; ready ones stand in `tests/load/scenarios`.
#pragma once

#include <boost/system/result.hpp>
#include <filesystem>
#include <string>
#include <string_view>

#include "apps/load/scenario/scenario.hpp"
#include "apps/load/scenario/scenario_error.hpp"

namespace ability::load {

/// Reads a scenario, and checks it (`scenario_check.hpp`). Errors: the first thing that is wrong.
boost::system::result<scenario, scenario_error> parse_scenario(std::string_view text);

/// Reads a file of at most 1 MiB. Errors: one sentence without a full stop, which begins with the file's name.
boost::system::result<scenario, std::string> load_scenario(const std::filesystem::path& file);

}  // namespace ability::load
