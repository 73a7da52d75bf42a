// The arguments of the program, taken apart and not yet converted.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "config/anycable_names.hpp"
#include "config/option.hpp"

namespace ability {

/// A value and where it comes from.
struct given_value {
  const option* what = nullptr;
  std::string origin;               ///< `--port`, `PORT` or `port (abilityd.toml line 3)`
  std::vector<std::string> values;  ///< one, or several for a list
};

/// The same of what only AnyCable has.
struct foreign_value {
  const anycable_name* what = nullptr;
  std::string origin;
  std::vector<std::string> values;
};

/// What the arguments ask for.
struct command_line {
  bool help = false;
  bool version = false;
  bool print_config = false;
  bool print_options_table = false;
  bool ignore_config_path = false;
  std::optional<std::string> config_path;
  std::vector<given_value> values;
  std::vector<foreign_value> foreign;
};

/// Takes the arguments apart, the program's name first. The error is one sentence without a secret.
///
/// `--help` and `--version` come back even if something else is wrong.
std::variant<command_line, std::string> read_command_line(std::span<const char* const> args);

}  // namespace ability
