// Options that AnyCable has and abilityd has not, or calls otherwise: who comes from there is told what to use instead.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ability {

/// One of them. It is taken as flag, variable and key like an option, and its value is not looked at.
struct anycable_name {
  std::string_view name;  ///< `sse_path`: the flag `--sse_path` or `--sse-path`, the variable `ANYCABLE_SSE_PATH`
  bool is_flag = false;   ///< needs no value
  std::string_view becomes =
      {};                       ///< options that are set by it, with spaces between; `option=value`, else to its value
  std::string_view quiet = {};  ///< values of which nothing needs to be said, with commas between
  std::string_view instead = {};  ///< completes "has no effect: " or, with `becomes`, "is an old name: "

  /// `--sse-path`.
  std::string flag() const;
  /// The environment variables in the order they are tried.
  std::vector<std::string> environment() const;
  /// Whether there is nothing to say of it with these values.
  bool is_quiet(const std::vector<std::string>& values) const;
};

/// All of AnyCable 1.6.16's, Pro's among them, that are no options here.
const std::vector<anycable_name>& anycable_names();

/// Null: there is no such name.
const anycable_name* find_anycable_name(std::string_view name);

/// The name of what `anycable.toml` calls `key`, like `server.host`: of an option or of an `anycable_name`. Empty: it
/// has no such key.
std::string_view name_of_anycable_key(std::string_view key);

}  // namespace ability
