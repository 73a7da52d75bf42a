/// Positions in JSON.
/// Source: docs/reliable-streams.md "Positions".
#pragma once

#include <string>

#include "protocol/history/stream_position.hpp"

namespace ability {

/// Appends the members of an object that is a position, or has one: `"epoch":"16 hex digits","offset":NUMBER`.
void append_position_members(std::string& out, const stream_position& at);

/// Appends `{"epoch":"16 hex digits","offset":NUMBER}`.
void append_position_json(std::string& out, const stream_position& at);

}  // namespace ability
