/// A member as a JSON object. Internal to `protocol/cluster`.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "protocol/cluster/member.hpp"
#include "protocol/json/object_reader.hpp"

namespace ability {

/// Reads the object of `from`, which records any failure.
member read_member(object_reader& from);

/// The object that `read_member` reads.
nlohmann::ordered_json to_json(const member& who);

}  // namespace ability
