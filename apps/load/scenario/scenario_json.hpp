/// The JSON document of a scenario. Internal to `scenario_file.cpp`.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace ability::load {

/// `parent.key`; a key that is not a plain name becomes `parent["some key"]`, shortened and on one line.
std::string member_path(const std::string& parent, std::string_view key);

/// `parent[3]`.
std::string item_path(const std::string& parent, std::size_t index);

/// Parses the document. Throws `scenario_error` if it is not strict JSON (the path is line and column), is nested
/// deeper than `max_json_depth`, or repeats a key.
nlohmann::json read_json(std::string_view text);

}  // namespace ability::load
