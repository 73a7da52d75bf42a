// The values that were given, layer over layer: file, environment, command line.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/anycable_names.hpp"
#include "config/command_line.hpp"

namespace ability {

/// Something that was given and has no effect, or not the one that one may think.
struct option_warning {
  std::string origin;  ///< `--sse`, `ABILITY_PORT` or `sse.enabled (anycable.toml line 3)`
  std::string advice;  ///< a clause without a full stop, and without a secret
};

/// Remembers of each option the value of the last layer. Only that one is checked.
class option_layers {
public:
  /// A value of the present layer.
  void add(given_value given);

  /// The same of what only AnyCable has: it becomes the options that it stands for, or a warning.
  void add(const anycable_name& what, const std::string& origin, const std::vector<std::string>& values);

  /// The layer is complete; the next one goes before it.
  void end_layer() { ++layer_; }

  void warn(std::string origin, std::string advice);

  /// What the last layer says of a name that only AnyCable has. Null: nothing was given.
  const foreign_value* foreign(std::string_view name) const;

  /// Converts all that is in effect into `into`. Returns nothing, or a sentence without a secret.
  std::string store(options& into) const;

  /// Where the value of an option comes from: its flag if it has its default.
  std::string origin(const std::string& name) const;

  const std::vector<option_warning>& warnings() const noexcept { return warnings_; }

private:
  struct value {
    given_value given;
    unsigned layer;
    bool borrowed;  // by another name, so the option itself goes before it
  };

  void put(given_value given, bool borrowed);
  bool asks_nobody() const;
  bool is_later(const char* one, const char* other) const;

  std::map<std::string, value> values_;                // by the option's name
  std::map<std::string_view, foreign_value> foreign_;  // by the name that AnyCable has
  unsigned layer_ = 0;
  std::vector<option_warning> warnings_;
};

/// A text of unknown origin in quotes, short and harmless for a terminal.
std::string quoted_excerpt(std::string_view text);

/// Null: no option has this name, nor does AnyCable call one so.
const option* find_option(std::string_view name);

}  // namespace ability
