// The public interface of config/ besides the struct: `options` from command line, environment and file.
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

/// Looks up one environment variable; empty if it is not set.
using env_lookup = std::function<std::optional<std::string>(std::string_view)>;

/// The environment of this process.
env_lookup process_environment();

/// The variables that name the file if `--config-path` does not; the first one that is set counts.
inline constexpr std::array config_path_variables{"ABILITY_CONFIG_PATH", "ANYCABLE_CONFIG_PATH"};

/// The files that are tried in this order if neither `--config-path` nor a variable names one.
std::vector<std::filesystem::path> default_config_files();

/// The outcome of parsing: settings to run with, or output and an exit code.
struct parse_result {
  std::optional<options> run;  ///< set: serve with these; not set: print `out` and `err`, then end with `exit_code`
  std::string file;            ///< file that the settings were read from; empty: none
  int exit_code = 0;           ///< 0 after `--help` and the like, 2 after an error
  std::string out;             ///< for stdout, ends with a newline unless empty
  std::string err;             ///< for stderr: one line with one sentence, or empty
  std::vector<option_warning> warnings = {};  ///< warnings to log before `run`
};

/// Reads the settings; precedence is default < file < environment < command line.
///
/// `args` are the arguments of `main`; the first is the program's name. The only I/O is reading the file. Wrong input
/// throws nothing: the first error found becomes `err`, never with a secret in it. An empty environment variable
/// counts as not set. `default_files` replaces the usual places in tests.
parse_result parse_options(std::span<const char* const> args, const env_lookup& env = process_environment(),
                           const std::vector<std::filesystem::path>& default_files = default_config_files());

}  // namespace ability
