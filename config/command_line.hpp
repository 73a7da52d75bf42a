// The program's arguments, split into options and values; the values are not yet converted.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "config/anycable_names.hpp"
#include "config/option.hpp"

namespace ability {

/// An option's value and its origin.
struct given_value {
  const option* what = nullptr;
  std::string origin;               ///< `--port`, `PORT` or `port (abilityd.toml line 3, column 1)`
  std::vector<std::string> values;  ///< one, or several for a list
};

/// A value of a name that only AnyCable has, and its origin.
struct foreign_value {
  const anycable_name* what = nullptr;
  std::string origin;
  std::vector<std::string> values;
};

/// Content of the command line.
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

/// Splits the arguments; the first is the program's name. The error is one sentence without a secret.
///
/// `--help` and `--version` are reported even if other arguments are wrong.
std::variant<command_line, std::string> read_command_line(std::span<const char* const> args);

}  // namespace ability
