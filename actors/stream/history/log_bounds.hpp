/// The bounds of the log of a stream, by its name, and the streams that may have one.
#pragma once

#include <optional>
#include <string_view>

#include "actors/node/node.hpp"
#include "config/settings/history_settings.hpp"
#include "protocol/publication/publication.hpp"

namespace ability {

/// The bounds of the log of `stream`: those of the first rule with a pattern that fits. None: it keeps no log.
std::optional<history_bounds> log_bounds(const history_settings& how, std::string_view stream);

/// False: `message` gets no position, unless its stream begins a log just now. Called on the lane of `home`, which may
/// be another one than that of the stream.
bool may_get_position(const lane_home& home, const broadcast& message);

/// True if a second publication with the same id to the same stream is not published again.
constexpr bool knows_ids(const history_settings& how) noexcept {
  return how.broker != history_broker::none && how.dedupe.count() > 0 && how.max_ids > 0;
}

}  // namespace ability
