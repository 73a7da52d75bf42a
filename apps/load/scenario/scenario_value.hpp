/// One value of a scenario's JSON and its path. Internal to the reader of scenarios.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/load/scenario/steps.hpp"

namespace ability::load {

/// The document outlives it. All functions throw `scenario_error` if the value has not the required form.
class scenario_value {
public:
  scenario_value(const nlohmann::json& value, std::string path) : value_{value}, path_{std::move(path)} {}

  [[noreturn]] void fail(std::string sentence) const;
  /// Throws an error with the required form, `what`, and the actual value.
  [[noreturn]] void must_be(const std::string& what) const;
  /// Throws: the key of this value is not among `names`; `kind` describes them: `step`.
  [[noreturn]] void unknown(const char* kind, const std::string& key, const std::vector<std::string>& names) const;

  bool is_text() const { return value_.is_string(); }
  bool is_array() const { return value_.is_array(); }
  bool is_object() const { return value_.is_object(); }

  /// Checks that it is an object without other keys.
  void only(const std::vector<std::string>& keys) const;
  std::optional<scenario_value> find(const char* key) const;
  /// Returns a required member; `what` describes its value for the error: `a text`.
  scenario_value at(const char* key, const char* what) const;
  /// Members of an object, by key; items of an array that is not empty.
  std::vector<std::pair<std::string, scenario_value>> members() const;
  std::vector<scenario_value> items() const;

  /// A text of 1 to `longest` bytes without control characters.
  std::string text(std::size_t longest) const;
  std::uint64_t whole(std::uint64_t least, std::uint64_t most) const;
  /// A number per second. The lower bound keeps times within the range of nanoseconds.
  double rate() const;
  milliseconds time(milliseconds least) const;
  /// A time, or two that bound a random time.
  time_range range(milliseconds least) const;
  /// The index of a name in `names`.
  std::size_t one_of(const std::vector<std::string>& names) const;
  /// An object as JSON on one line.
  std::string object_text() const;

private:
  std::string shown() const;

  const nlohmann::json& value_;
  std::string path_;
};

/// The shortest time in a scenario that is not none.
inline constexpr milliseconds least_time{1};

/// The longest time in a scenario.
inline constexpr milliseconds longest_time = std::chrono::hours{24};

}  // namespace ability::load
