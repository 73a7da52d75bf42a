/// Reads one position from JSON. Internal to `protocol/fly`.
/// Source: docs/protocols/flyrpc.md "Positions".
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "protocol/history/stream_position.hpp"
#include "protocol/result.hpp"

namespace ability::fly {

/// Reads what `append_position_json` (`protocol/history/position_json.hpp`) writes; `where` begins the text of a fault.
/// Unknown keys are ignored.
/// Errors: `missing_key`, `wrong_type` (also an offset that is no whole number below 2^64), `wrong_value` (no epoch).
result<stream_position> read_position_json(const nlohmann::json& value, const std::string& where);

}  // namespace ability::fly
