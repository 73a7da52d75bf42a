// Access to a node's answers, which may lack any key or have other types.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apps/abilityctl/monitor/monitor_client.hpp"

namespace ability {

/// The value at a path of keys, like `node.uptime_s`; null if a key on the path is missing.
const json& value_at(const json& object, std::string_view path);

/// The array at `path`, or an empty one.
const json& array_at(const json& object, std::string_view path);

std::optional<double> number_at(const json& object, std::string_view path);

/// The text at `path`; other types as JSON; `-` for null or a missing value.
std::string text_at(const json& object, std::string_view path);

/// The whole number at `path`, or `-`.
std::string count_at(const json& object, std::string_view path);

/// The number at `path`, formatted by `human`, or `-`.
std::string figure_at(const json& object, std::string_view path, std::string (*human)(double));

/// The value on one line, formatted by `printable_json`.
std::string line_of(const json& value);

}  // namespace ability
