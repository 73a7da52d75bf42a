/// A member as a JSON object. Internal to `protocol/cluster`.
#pragma once

#include <nlohmann/json.hpp>

#include "protocol/cluster/member.hpp"
#include "protocol/json/json_reader.hpp"

namespace ability {

/// Reads the object of `from`, which records any failure.
member read_member(json_reader& from);

/// The object that `read_member` reads.
nlohmann::ordered_json to_json(const member& who);

}  // namespace ability
