// The given values in layers of rising precedence: file, environment, command line.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/anycable_names.hpp"
#include "config/command_line.hpp"

namespace ability {

/// Warning about a given value without effect, or with an unexpected one.
struct option_warning {
  std::string origin;  ///< `--sse`, `ABILITY_PORT` or `sse.enabled (anycable.toml line 3, column 1)`
  std::string advice;  ///< a clause without a full stop, and without a secret
};

/// Keeps the value of the last layer for each option. Earlier values are not checked.
class option_layers {
public:
  /// Adds a value to the current layer.
  void add(given_value given);

  /// Adds a value of a name that only AnyCable has. It sets the options it stands for, or causes a warning.
  void add(const anycable_name& what, const std::string& origin, const std::vector<std::string>& values);

  /// Ends the current layer; the next one takes precedence over it.
  void end_layer() { ++layer_; }

  void warn(std::string origin, std::string advice);

  /// Converts all effective values into `into`. Returns an empty text, or a sentence without a secret.
  std::string store(options& into) const;

  /// The origin of an option's value; its flag if it has its default.
  std::string origin(const std::string& name) const;

  const std::vector<option_warning>& warnings() const noexcept { return warnings_; }

private:
  struct value {
    given_value given;
    unsigned layer;
    bool borrowed;  // set through another name; the option itself takes precedence
  };

  void put(given_value given, bool borrowed);
  bool asks_nobody() const;
  bool is_later(const char* one, const char* other) const;

  std::map<std::string, value> values_;  // by the option's name
  unsigned layer_ = 0;
  std::vector<option_warning> warnings_;
};

/// An untrusted text in quotes, shortened and safe for a terminal.
std::string quoted_excerpt(std::string_view text);

/// Finds an option by its name or AnyCable's name for it; null if there is none.
const option* find_option(std::string_view name);

}  // namespace ability
