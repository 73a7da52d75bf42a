// Bounds of the history of streams by name, as the text of an option.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings/history_settings.hpp"

namespace ability {

/// Reads `PATTERN:limit=N,ttl=TIME` or `PATTERN:off`, with semicolons between rules; a pattern may hold colons. None:
/// `text` has another form, or a number is out of its range.
std::optional<std::vector<history_rule>> read_history_rules(std::string_view text);

/// The first rule in `text` for which `read_history_rules` refuses it; empty: there is none.
std::string_view wrong_history_rule(std::string_view text);

/// The patterns of a rule that never counts, and of an earlier one that all its streams fit.
struct unreached_rule {
  std::string pattern;
  std::string earlier;
};

std::vector<unreached_rule> unreached_history_rules(const std::vector<history_rule>& rules);

/// The text that `read_history_rules` reads back.
std::string history_rules_text(const std::vector<history_rule>& rules);

}  // namespace ability
