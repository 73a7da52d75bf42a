/// The query for the log of one stream.
#pragma once

#include "actors/monitor/query.hpp"
#include "actors/stream/history/messages.hpp"
#include "protocol/monitor/questions.hpp"

namespace ability {

/// Asks a stream for its log, its directory for the position that is left of one, or the store of shared logs.
class history_query : public query_state {
public:
  using query_state::query_state;
  void start(lane_home& home, const verb::history& question);

private:
  void run() override;
  void take(const history_facts& facts);

  verb::history question_;
};

}  // namespace ability
