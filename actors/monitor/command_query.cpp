#include "actors/monitor/command_query.hpp"

#include <algorithm>
#include <string_view>

#include "actors/ingress/ingress.hpp"
#include "actors/node/totals.hpp"

namespace ability {

namespace {

log_level level_of(std::string_view name) {
  return static_cast<log_level>(std::ranges::find(verb::log_levels, name) - verb::log_levels.begin());
}

}  // namespace

void command_query::start(lane_home& home, node_control& control, const monitor_question& order) {
  query_state::start(home);
  control_ = &control;
  order_ = order;
}

void command_query::run() {
  std::visit([this](const auto& order) { obey(order); }, order_);
}

void command_query::obey(const verb::disconnect& order) {
  publish(*home_, remote_disconnect{order.identity, order.reconnect}, scope::everywhere);
  answer(encode_ordered());
}

void command_query::obey(const verb::drain& order) {
  const auto open = open_connections(home_->here);
  if (control_->drain(order.within, order.notice, order.reconnect))
    answer(encode_draining(open));
  else
    fail(monitor_error::not_allowed, "the node is stopping, and sends its clients away already");
}

void command_query::obey(const verb::undrain&) {
  if (control_->undrain())
    answer(encode_undrained());
  else
    fail(monitor_error::not_allowed, "the node is stopping, which cannot be taken back");
}

void command_query::obey(const verb::log_level& order) {
  const auto was = control_->set_log_level(level_of(order.level));
  answer(encode_log_level(order.level, name_of(was)));
}

// Other verbs have a query of their own, or are answered by the session.
template <class Verb>
void command_query::obey(const Verb&) {
  fail(monitor_error::unknown_verb, "this is not a command of the monitor");
}

}  // namespace ability
