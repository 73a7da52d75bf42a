// The definition of one option. Command line, environment, file, --help, --print-config and docs/configuration.md are
// made from it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/options.hpp"

namespace ability {

/// Type of a value in the file.
enum class value_type { flag, number, text, list };

/// Part of a value that must never be shown.
enum class secrecy { none, value, url_login };

/// One option: its names, its texts and its access to `options`.
struct option {
  std::string name;   ///< key in the file, like `max_conn`; the flag is `--max-conn`
  std::string alias;  ///< AnyCable's name for the same option, also accepted as flag and key; empty = not in AnyCable
  std::string variable;     ///< environment variable that is tried last, like `PORT`; may be empty
  std::string placeholder;  ///< name of the value in `--help`; empty for a flag
  std::string allowed;      ///< completes "must be"
  std::string help;         ///< one phrase without a full stop
  value_type type = value_type::text;
  secrecy secret = secrecy::none;

  /// Converts, checks and stores a value. Returns an empty text, or a phrase like "must be ..." without the value.
  std::function<std::string(options&, const std::vector<std::string>&)> set;
  /// The value as texts: one text, or one per list element. A secret is returned in clear.
  std::function<std::vector<std::string>(const options&)> get;

  /// Marks an option that AnyCable does not have.
  option ours() &&;
  /// Sets AnyCable's different name for the option.
  option anycable_calls_it(std::string other) &&;
  /// Adds a variable that hosting platforms set.
  option also_from(std::string environment_variable) &&;
  /// Accepts 0 for this value, as AnyCable does.
  option zero_is(std::string value) &&;
  /// Hides the value, or a part of it, in all output.
  option hide(secrecy what) &&;

  /// Name as a flag: `--max-conn`.
  std::string flag() const;
  /// AnyCable's name as a flag: `--ws-write-timeout` for `close_timeout`; empty if the names are equal.
  std::string alias_flag() const;
  /// The environment variables in the order they are tried.
  std::vector<std::string> environment() const;
  /// True if `key` names this option in a file.
  bool is_key(const std::string& key) const { return key == name || (!alias.empty() && key == alias); }
  /// True if the value in `o` holds a secret. The key word `none` is not a secret.
  bool holds_secret(const options& o) const;
};

/// Related options under one title.
struct option_group {
  std::string title;
  std::vector<option> members;
};

/// All options in display order.
const std::vector<option_group>& all_options();

/// Converts `max_conn` to `--max-conn`.
std::string flag_name(const std::string& name);

}  // namespace ability
