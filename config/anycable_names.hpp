// AnyCable's options that abilityd lacks or names differently. Their users are told the replacement.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ability {

/// A name that only AnyCable has. Accepted as flag, variable and key like an option; its value is not checked.
struct anycable_name {
  std::string_view name;  ///< `sse_path`: the flag `--sse_path` or `--sse-path`, the variable `ANYCABLE_SSE_PATH`
  bool is_flag = false;   ///< needs no value
  std::string_view becomes =
      {};  ///< options that it sets, separated by spaces; `option=value` sets that value, else its own value is used
  std::string_view quiet = {};    ///< values that cause no warning, separated by commas
  std::string_view instead = {};  ///< completes "has no effect: " or, with `becomes`, "is an old name: "

  /// Name as a flag: `--sse-path`.
  std::string flag() const;
  /// The environment variables in the order they are tried.
  std::vector<std::string> environment() const;
  /// True if these values need no warning.
  bool is_quiet(const std::vector<std::string>& values) const;
};

/// All options of AnyCable 1.6.16 and its Pro edition that are not options here.
const std::vector<anycable_name>& anycable_names();

/// Finds a name; null if there is none.
const anycable_name* find_anycable_name(std::string_view name);

/// Name of the option or `anycable_name` that `key` of `anycable.toml` stands for, such as `server.host`. Empty if
/// there is no such key.
std::string_view name_of_anycable_key(std::string_view key);

/// True if keys of `anycable.toml` are in the section of that name.
bool is_anycable_section(std::string_view name);

}  // namespace ability
