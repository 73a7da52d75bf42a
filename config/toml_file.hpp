// Reader of abilityd.toml: the subset of TOML that settings need.
//
// CLI11's own reader is not used: it cuts a quoted value at a # (half a secret is still a secret), merges repeated
// keys, skips lines it does not understand, and reports no line numbers.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ability {

/// One `key = value`.
struct toml_entry {
  std::string key;                  ///< the key with its section: `server.port`
  std::vector<std::string> values;  ///< one, or the elements of an array
  bool is_array = false;
  std::size_t line = 0;  ///< line of the key, counted from 1
};

/// Reason why a text cannot be read. Contains no value of the text.
struct toml_error {
  std::size_t line = 0;
  std::string what;  ///< a clause without a full stop
};

/// Reads sections in brackets, keys with strings ("..." with \" and \\, or '...'), numbers, `true`, `false`, arrays
/// of these and inline tables, and comments.
///
/// Arrays of tables, dates and multi-line strings are errors, as is a repeated key.
std::variant<std::vector<toml_entry>, toml_error> parse_toml(std::string_view text);

}  // namespace ability
