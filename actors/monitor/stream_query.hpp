/// The query for one stream.
#pragma once

#include <string>

#include "actors/connection/messages.hpp"
#include "actors/monitor/query.hpp"
#include "actors/stream/messages.hpp"
#include "protocol/monitor/questions.hpp"
#include "protocol/monitor/record_answers.hpp"

namespace ability {

/// Asks a stream for its facts, then its followers for their sids.
class stream_query : public query_state {
public:
  using query_state::query_state;
  void start(lane_home& home, const verb::stream& question);

private:
  void run() override;
  void take_facts(const stream_facts& facts);
  void take_followers(const answers<connection_facts>& followers);

  verb::stream question_;
  stream_line stream_;
  bool more_ = false;  // followers that were not asked
};

/// The line of a page for a stream.
stream_line line_of(const stream_facts& facts);

}  // namespace ability
