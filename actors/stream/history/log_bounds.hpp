/// The bounds of the log of a stream, by its name.
#pragma once

#include <optional>
#include <string_view>

#include "config/settings/history_settings.hpp"

namespace ability {

/// True if `text` fits `pattern`, in which each `*` stands for any text.
bool fits_pattern(std::string_view pattern, std::string_view text) noexcept;

/// The bounds of the log of `stream`: those of the first rule with a pattern that fits. None: it keeps no log.
std::optional<history_bounds> log_bounds(const history_settings& how, std::string_view stream);

}  // namespace ability
