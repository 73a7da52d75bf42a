// Reader of abilityd.toml.
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

/// A place in a file, counted from 1; columns are in characters.
struct toml_place {
  std::size_t line = 0;
  std::size_t column = 0;
};

/// One `key = value`.
struct toml_entry {
  std::string key;                  ///< the key with its tables: `server.port`
  std::vector<std::string> values;  ///< one, or the elements of an array; empty with `unusable`
  bool is_array = false;
  bool is_table = false;  ///< an empty one, `unusable`: a section, or in braces
  bool in_braces = false;
  std::string_view unusable;  ///< a type that no option has, like `a date`; empty: a text, whole number, flag or array
  toml_place place;           ///< of the last part of the key
};

/// Reason why a text cannot be read. Contains no value of the text.
struct toml_error {
  toml_place place;
  std::string what;  ///< a clause without a full stop
  std::string key;   ///< key of the value at fault, with its section, if the line looks like `key = value`, or empty
};

/// Reads TOML 1.0 and returns all entries in the order of the file. A table and its keys are joined by dots.
///
/// An array of tables, a key longer than 64 characters and deep nesting are errors, too.
std::variant<std::vector<toml_entry>, toml_error> parse_toml(std::string_view text);

}  // namespace ability
