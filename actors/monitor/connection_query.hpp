/// The query for one connection, and the command to disconnect it.
#pragma once

#include <optional>
#include <string>

#include "actors/connection/messages.hpp"
#include "actors/monitor/query.hpp"
#include "protocol/monitor/questions.hpp"
#include "protocol/monitor/record_answers.hpp"

namespace ability {

/// Finds a connection by its sid at the registries of all lanes, then asks for its facts or disconnects it.
class connection_query : public query_state {
public:
  using query_state::query_state;
  void start(lane_home& home, const verb::connection& question);
  void start(lane_home& home, const verb::disconnect& order);  ///< `order.id` is not empty

private:
  void run() override;
  void take_pages(const answers<connection_page>& pages);
  void describe(const connection_actor& found);

  std::string sid_;
  std::optional<verb::disconnect> order_;  // none: describe it
};

/// The line of a page for a connection.
connection_line line_of(const connection_facts& facts);

}  // namespace ability
