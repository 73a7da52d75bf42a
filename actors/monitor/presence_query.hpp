/// The query for the members of one stream.
#pragma once

#include "actors/monitor/query.hpp"
#include "actors/stream/messages.hpp"
#include "protocol/monitor/questions.hpp"

namespace ability {

/// Asks a stream for its members.
class presence_query : public query_state {
public:
  using query_state::query_state;
  void start(lane_home& home, const verb::presence& question);

private:
  void run() override;
  void take(const presence_facts& facts);

  verb::presence question_;
};

}  // namespace ability
