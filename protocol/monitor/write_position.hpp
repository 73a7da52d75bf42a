/// Positions in answers. Internal to `protocol/monitor/`.
#pragma once

#include <optional>
#include <string>

#include "protocol/history/position_json.hpp"
#include "protocol/json/json_writer.hpp"

namespace ability {

/// `"position":{"epoch":"…","offset":…}`, or null.
inline void write_position(json_writer& to, const std::optional<stream_position>& at) {
  to.key("position");
  if (!at) {
    to.raw("null");
    return;
  }
  std::string position;
  append_position_json(position, *at);
  to.raw(position);
}

}  // namespace ability
