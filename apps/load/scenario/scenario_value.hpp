/// One value of a scenario's JSON, and where it stands. Internal to the reader of scenarios.
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

/// The document outlives it. All functions throw `scenario_error` where the value is not what they are asked for.
class scenario_value {
public:
  scenario_value(const nlohmann::json& value, std::string path) : value_{value}, path_{std::move(path)} {}

  [[noreturn]] void fail(std::string sentence) const;
  /// Says what the value must be, and what it is.
  [[noreturn]] void must_be(const std::string& what) const;
  /// Says that the key of this value is none of `names`; `kind` is what they are: `step`.
  [[noreturn]] void unknown(const char* kind, const std::string& key, const std::vector<std::string>& names) const;

  bool is_text() const { return value_.is_string(); }
  bool is_array() const { return value_.is_array(); }
  bool is_object() const { return value_.is_object(); }

  /// Checks that it is an object, and that it has no other keys.
  void only(const std::vector<std::string>& keys) const;
  std::optional<scenario_value> find(const char* key) const;
  /// One that must be there; `what` says what it holds: `a text`.
  scenario_value at(const char* key, const char* what) const;
  /// Of an object, by key; of an array that is not empty.
  std::vector<std::pair<std::string, scenario_value>> members() const;
  std::vector<scenario_value> items() const;

  /// From 1 to `longest` bytes without control characters.
  std::string text(std::size_t longest) const;
  std::uint64_t whole(std::uint64_t least, std::uint64_t most) const;
  /// A number of something each second. Fewer would be due beyond what nanoseconds can tell.
  double rate() const;
  milliseconds time(milliseconds least) const;
  /// A time, or two to draw from.
  time_range range(milliseconds least) const;
  /// The index of a name.
  std::size_t one_of(const std::vector<std::string>& names) const;
  /// An object as one line.
  std::string object_text() const;

private:
  std::string shown() const;

  const nlohmann::json& value_;
  std::string path_;
};

/// The longest time in a scenario.
inline constexpr milliseconds longest_time = std::chrono::hours{24};

}  // namespace ability::load
