// Reading what a node answered, of which nothing can be taken for granted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apps/abilityctl/monitor/monitor_client.hpp"

namespace ability {

/// A path of keys in an object, like `node.uptime_s`; null if something on the way is missing.
const json& value_at(const json& object, std::string_view path);

/// The array there, or an empty one.
const json& array_at(const json& object, std::string_view path);

std::optional<double> number_at(const json& object, std::string_view path);

/// A text as it is, anything else as JSON; `-` for null, or what is missing.
std::string text_at(const json& object, std::string_view path);

/// A whole number, or `-`.
std::string count_at(const json& object, std::string_view path);

/// The number in the form that `human` gives it, or `-`.
std::string figure_at(const json& object, std::string_view path, std::string (*human)(double));

/// On one line, as `printable_json` makes it.
std::string line_of(const json& value);

}  // namespace ability
