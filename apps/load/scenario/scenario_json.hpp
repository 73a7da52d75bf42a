/// JSON of a scenario as a document. Internal to `scenario_file.cpp`.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace ability::load {

/// `parent.key`; a key that is no plain name stands as `parent["some key"]`, short and on one line.
std::string member_path(const std::string& parent, std::string_view key);

/// `parent[3]`.
std::string item_path(const std::string& parent, std::size_t index);

/// The document. Throws `scenario_error`: it is no strict JSON (the path is line and column), is nested deeper than
/// `max_json_depth`, or gives a key twice.
nlohmann::json read_json(std::string_view text);

}  // namespace ability::load
