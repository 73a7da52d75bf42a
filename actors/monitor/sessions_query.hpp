/// The query for the sessions without a connection.
#pragma once

#include "actors/monitor/query.hpp"
#include "actors/sessions/messages.hpp"

namespace ability {

/// Sums up the sessions of all lanes, beside which the number of those in Redis stands. It learns nothing of their
/// identities.
class sessions_query : public query_state {
public:
  using query_state::query_state;

private:
  void run() override;
  void take(const answers<sessions_facts>& lanes);
};

}  // namespace ability
