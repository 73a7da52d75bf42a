// What one option is made of. Command line, environment, file, --help, --print-config and
// docs/configuration.md come from this.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/options.hpp"

namespace ability {

/// How a value is written in the file.
enum class value_type { flag, number, text, list };

/// What of a value must never be shown.
enum class secrecy { none, value, url_login };

/// One option.
struct option {
  std::string name;         ///< key in the file, like `max_conn`; the flag is `--max-conn`
  std::string alias;        ///< AnyCable's name for the same thing, also taken as flag and key; empty = not in AnyCable
  std::string variable;     ///< environment variable that is tried last, like `PORT`; may be empty
  std::string placeholder;  ///< stands for the value in `--help`; empty for a flag
  std::string allowed;      ///< completes "must be"
  std::string help;         ///< one phrase without a full stop
  value_type type = value_type::text;
  secrecy secret = secrecy::none;

  /// Converts, checks and stores a value. Returns nothing, or a phrase like "must be ..." that does not hold the value.
  std::function<std::string(options&, const std::vector<std::string>&)> set;
  /// The value as texts: one, or as many as a list has. A secret comes in clear.
  std::function<std::vector<std::string>(const options&)> get;

  /// Says that AnyCable has no such option.
  option ours() &&;
  /// Says that AnyCable has it under another name.
  option anycable_calls_it(std::string other) &&;
  /// Adds the variable that hosting platforms set.
  option also_from(std::string environment_variable) &&;
  /// Takes 0, as AnyCable does, for this value.
  option zero_is(std::string value) &&;
  /// Keeps the value, or a part of it, out of all that is printed.
  option hide(secrecy what) &&;

  /// `--max-conn`.
  std::string flag() const;
  /// `--ws-write-timeout` for `close_timeout`; empty if AnyCable's name is no other.
  std::string alias_flag() const;
  /// The environment variables in the order they are tried.
  std::vector<std::string> environment() const;
  /// Whether a file may call it so.
  bool is_key(const std::string& key) const { return key == name || (!alias.empty() && key == alias); }
  /// Whether this value holds a secret. The key word `none` is not one.
  bool holds_secret(const options& o) const;
};

/// Options that belong together.
struct option_group {
  std::string title;
  std::vector<option> members;
};

/// All options, in the order they are shown.
const std::vector<option_group>& all_options();

/// `max_conn` to `--max-conn`.
std::string flag_name(const std::string& name);

}  // namespace ability
