#include "actors/app/app_watch.hpp"

#include <caf/send.hpp>
#include <utility>

#include "actors/node/events.hpp"
#include "actors/node/log.hpp"
#include "actors/runtime/pinned.hpp"

namespace ability {

void app_watch_state::start(lane_home& home, std::shared_ptr<app_transport> transport) {
  home_ = &home;
  transport_ = std::move(transport);
}

app_watch_actor::behavior_type app_watch_state::make_behavior() {
  caf::anon_send(app_watch_actor{self_}, app_watch_tick{});
  return {
      [this](app_watch_tick) {
        look();
        self_->delayed_send(self_, interval, app_watch_tick{});
      },
      [this](const app_probed& news) {
        probing_ = false;
        if (news.outcome != reachability::unknown)
          found(*probed_);
      },
  };
}

void app_watch_state::look() {
  const auto& counted = home_->here.app_counters;
  const bool answered = std::exchange(answers_, counted.answers.get()) != counted.answers.get();
  const bool failed = std::exchange(failures_, counted.failures.get()) != counted.failures.get();
  if (answered && !failed) {
    found(reachability::up);
    return;
  }
  if (std::exchange(probing_, true))
    return;
  probed_ = std::make_shared<probe_outcome>(reachability::unknown);
  transport_->probe(failed, probe_timeout, [self = app_watch_actor{self_}, into = probed_](probe_outcome outcome) {
    *into = std::move(outcome);
    caf::anon_send(self, app_probed{into->state});
  });
}

void app_watch_state::found(const probe_outcome& what) {
  const bool reachable = what.state == reachability::up;
  auto& reach = home_->here.app_counters.reach;
  const auto before = reach.now_in();
  reach.set(reachable);
  if (before == reach.now_in())
    return;
  if (reachable)
    log(log_level::info, "application reached");
  else
    log(log_level::warn, "application not reached", {{"address", what.address}, {"reason", what.why}});
  if (before != dependency_counters::state::unknown || !reachable)
    report(home_->here, event_kind::app_server, reachable ? "reached" : "away");
}

app_watch_actor spawn_app_watch(lane_home& home, std::shared_ptr<app_transport> transport) {
  return spawn_on<app_watch_actor, app_watch_state>(home.here.system, home.runs_on, home, std::move(transport));
}

}  // namespace ability
