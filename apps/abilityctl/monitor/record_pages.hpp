// Lists that a node hands out page by page.
#pragma once

#include <cstddef>
#include <string>

#include "apps/abilityctl/monitor/monitor_client.hpp"

namespace ability {

struct page_request {
  std::string verb;         ///< `connections` or `streams`, which is also the key of the rows
  std::string filter;       ///< empty: all
  std::string after;        ///< a cursor; empty: from the first
  std::size_t limit = 100;  ///< rows
};

/// Asks until there are as many rows as wanted or no more: one answer like that to a single question.
answer<json> read_pages(monitor_client& node, const page_request& wanted);

}  // namespace ability
