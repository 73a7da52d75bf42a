// From command line, environment and file to `options`: the whole public face of config/ but the struct itself.
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/option_layers.hpp"
#include "config/options.hpp"

namespace ability {

/// Looks up one environment variable; nothing if it is not set.
using env_lookup = std::function<std::optional<std::string>(std::string_view)>;

/// The environment of this process.
env_lookup process_environment();

/// The variables that name the file when `--config-path` does not; the first that is set counts.
inline constexpr std::array config_path_variables{"ABILITY_CONFIG_PATH", "ANYCABLE_CONFIG_PATH"};

/// The files that are tried, in this order, when neither `--config-path` nor a variable names one.
std::vector<std::filesystem::path> default_config_files();

/// What the program is to do.
struct parse_result {
  std::optional<options> run;  ///< set: serve with these; not set: print `out` and `err`, then end with `exit_code`
  std::string file;            ///< that settings were read from; empty: none
  int exit_code = 0;           ///< 0 after `--help` and the like, 2 after a mistake
  std::string out;             ///< for stdout, ends with a newline unless empty
  std::string err;             ///< for stderr: one line with one sentence, or empty
  std::vector<option_warning> warnings = {};  ///< to be logged before `run`
};

/// Reads the settings; precedence is default < file < environment < command line.
///
/// `args` is what `main` gets, the program's name first. The only I/O is reading the file. Nothing is thrown for wrong
/// input: the first mistake found becomes `err`, never with a secret in it. An empty environment variable counts as not
/// set. `default_files` replaces the usual places in tests.
parse_result parse_options(std::span<const char* const> args, const env_lookup& env = process_environment(),
                           const std::vector<std::filesystem::path>& default_files = default_config_files());

}  // namespace ability
