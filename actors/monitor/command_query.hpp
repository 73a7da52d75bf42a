/// Commands that need no other actor's answer: drain, undrain, log level, disconnect by identity.
#pragma once

#include "actors/monitor/query.hpp"
#include "actors/node/control.hpp"
#include "protocol/monitor/questions.hpp"

namespace ability {

/// Executes a command at once.
class command_query : public query_state {
public:
  using query_state::query_state;
  void start(lane_home& home, node_control& control, const monitor_question& order);

private:
  void run() override;
  void obey(const verb::disconnect& order);
  void obey(const verb::drain& order);
  void obey(const verb::undrain&);
  void obey(const verb::log_level& order);
  template <class Verb>
  void obey(const Verb&);

  node_control* control_ = nullptr;
  monitor_question order_;
};

}  // namespace ability
