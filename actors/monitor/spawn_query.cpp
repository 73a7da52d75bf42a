#include "actors/monitor/spawn_query.hpp"

#include <utility>
#include <variant>

#include "actors/monitor/command_query.hpp"
#include "actors/monitor/connection_query.hpp"
#include "actors/monitor/connections_query.hpp"
#include "actors/monitor/history_query.hpp"
#include "actors/monitor/presence_query.hpp"
#include "actors/monitor/sessions_query.hpp"
#include "actors/monitor/stream_query.hpp"
#include "actors/monitor/streams_query.hpp"
#include "actors/runtime/pinned.hpp"

namespace ability {

namespace {

template <class State, class... Ts>
query_actor spawn(lane_home& home, Ts&&... args) {
  return spawn_on<query_actor, State>(home.here.system, home.runs_on, home, std::forward<Ts>(args)...);
}

struct spawner {
  lane_home& home;
  node_control& control;
  node_start started;

  query_actor operator()(const verb::status&) const {
    return spawn<node_query>(home, control, started, node_query::subject::status);
  }
  query_actor operator()(const verb::nodes&) const {
    return spawn<node_query>(home, control, started, node_query::subject::nodes);
  }
  query_actor operator()(const verb::connections& question) const { return spawn<connections_query>(home, question); }
  query_actor operator()(const verb::connection& question) const { return spawn<connection_query>(home, question); }
  query_actor operator()(const verb::streams& question) const { return spawn<streams_query>(home, question); }
  query_actor operator()(const verb::stream& question) const { return spawn<stream_query>(home, question); }
  query_actor operator()(const verb::history& question) const { return spawn<history_query>(home, question); }
  query_actor operator()(const verb::sessions&) const { return spawn<sessions_query>(home); }
  query_actor operator()(const verb::presence& question) const { return spawn<presence_query>(home, question); }
  query_actor operator()(const verb::disconnect& order) const {
    return order.id.empty() ? spawn<command_query>(home, control, order) : spawn<connection_query>(home, order);
  }
  query_actor operator()(const auto& order) const { return spawn<command_query>(home, control, order); }
};

}  // namespace

query_actor spawn_query(lane_home& home, node_control& control, node_start started, const monitor_question& what) {
  return std::visit(spawner{home, control, started}, what);
}

}  // namespace ability
