/// The query for a page of connections.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "actors/connection/messages.hpp"
#include "actors/monitor/page_builder.hpp"
#include "actors/monitor/query.hpp"
#include "protocol/monitor/questions.hpp"

namespace ability {

/// Merges the connections of all lanes in the order of their sids. A round lists sids and handles at the registries,
/// the next one asks the connections found. Connections that have ended meanwhile are left out.
class connections_query : public query_state {
public:
  static constexpr std::size_t max_looked_at = 10'000;  ///< connections per query
  static constexpr std::size_t max_described_at_once = 1'000;

  using query_state::query_state;
  void start(lane_home& home, const verb::connections& question);

private:
  void run() override { list(); }
  void list();
  void take_pages(answers<connection_page> pages);
  void take_facts(const answers<connection_facts>& facts);
  bool is_wanted(const connection_facts& facts) const;
  void finish(const std::string& next);

  std::string filter_;
  page_builder page_{"connections"};
  std::size_t batch_ = 0;          // records asked of each registry
  std::vector<std::string> sids_;  // of the connections that are being asked
  bool more_ = false;              // connections follow behind these
  std::size_t looked_at_ = 0;
};

}  // namespace ability
