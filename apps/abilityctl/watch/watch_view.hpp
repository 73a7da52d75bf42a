// Views of a watch model: a screen for terminals, and lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "apps/abilityctl/terminal/terminal_text.hpp"
#include "apps/abilityctl/watch/watch_model.hpp"

namespace ability {

/// Properties of a screen: at most `rows` lines, none wider than `style` allows.
struct watch_frame {
  text_style style;
  std::size_t rows;
  std::int64_t now_ms;   ///< milliseconds since 1970
  bool cluster = false;  ///< show sums, and a row for each node
};

std::vector<std::string> picture_of(const watch_model& model, const watch_frame& frame);

/// A snapshot on one line: `14:02:11 a connections=15000 …`. REQUIRES that the node has one.
std::string line_of(const watched_node& node);

/// An event on one line.
std::string line_of(const watch_event& event);

}  // namespace ability
