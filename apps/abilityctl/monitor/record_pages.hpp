// Lists that a node returns in pages.
#pragma once

#include <cstddef>
#include <string>

#include "apps/abilityctl/monitor/monitor_client.hpp"

namespace ability {

struct page_request {
  std::string verb;         ///< `connections` or `streams`, also the key of the rows
  std::string filter;       ///< empty: all rows
  std::string after;        ///< cursor; empty: from the first row
  std::size_t limit = 100;  ///< rows
};

/// Requests pages until `limit` rows or the end is reached. Returns them in the form of one answer.
answer<json> read_pages(monitor_client& node, const page_request& wanted);

}  // namespace ability
