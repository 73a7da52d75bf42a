#include "actors/monitor/query.hpp"

#include <caf/error.hpp>
#include <caf/sec.hpp>

namespace ability {

query_state::~query_state() {
  if (reply_.pending())
    reply_.deliver(caf::make_error(caf::sec::request_receiver_down));
}

query_actor::behavior_type query_state::make_behavior() {
  return {
      [this](start_query) {
        reply_ = self_->make_response_promise<monitor_answer>();
        run();
        return reply_;
      },
      [this](const query_timeout& due) {
        if (due.round == round_)
          end_round();
      },
  };
}

void query_state::answer(std::string json) {
  reply_.deliver(monitor_answer{std::move(json)});
  self_->quit();
}

void query_state::fail(monitor_error code, std::string_view message) { answer(encode_failure(code, message)); }

void query_state::fail_for_stuck_lane() {
  fail(monitor_error::busy, "a lane of this node did not answer within 2 s, ask again in a moment");
}

void query_state::answer_came() {
  if (--missing_ == 0)
    end_round();
}

// Answers and timers of this round have no effect from now on.
void query_state::end_round() {
  ++round_;
  std::exchange(then_, nullptr)();
}

std::vector<registry_actor> query_state::registries() const {
  std::vector<registry_actor> all;
  all.reserve(home_->here.lanes.size());
  for (const auto& lane : home_->here.lanes)
    all.push_back(lane->registry);
  return all;
}

}  // namespace ability
