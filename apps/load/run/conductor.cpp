// Clients of a conductor: begin, connect, meets and end.
#include "apps/load/run/conductor.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <limits>
#include <utility>

#include "actors/runtime/pinned.hpp"
#include "apps/load/clients/virtual_client.hpp"
#include "apps/load/run/lane_keeper.hpp"

namespace ability::load {

conductor_actor spawn_conductor(caf::actor_system& system, conductor_setup setup) {
  auto* const home = setup.homes.front();
  return spawn_on<conductor_actor, conductor>(system, home, std::move(setup));
}

void conductor::start(conductor_setup setup) {
  setup_ = std::make_unique<conductor_setup>(std::move(setup));
  const auto& plan = setup_->plan;
  const auto& share = setup_->share;
  groups_.resize(plan.groups.size());
  meets_.resize(plan.meets.size());
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const auto& what = plan.what.clients[i];
    groups_[i].clients = share.clients(what.count);
    groups_[i].at_once = std::max<std::size_t>(1, share.clients(what.at_once));
    all_clients_ += groups_[i].clients;
    for (const auto meet : plan.groups[i].meets)
      meets_[meet].expected += groups_[i].clients;
  }
  for (auto* desk : setup_->desks)
    desk->conductor = self_;
}

conductor_actor::behavior_type conductor::make_behavior() {
  return {[this](const connect_wanted& wish) { on_wanted(wish); },
          [this](const connect_settled& news) { on_settled(news.group); },
          [this](const came_to_meet& news) {
            meets_[news.meet].waiting.emplace(news.client.id(), news.client);
            look_at(news.meet);
          },
          [this](const client_finished& news) { on_finished(news); },
          [this](const client_settled&) {
            if (++settled_ == clients_.size())
              tell(part_news::kind::settled);
          },
          [this](const client_left&) {
            if (++left_ == clients_.size())
              ask_lanes(true);
          },
          [this](const lane_counted& news) { on_counted(news); },
          [this](const conductor_time& time) {
            if (time.what == conductor_time::kind::ramp)
              begin_clients();
            else
              wait_for_second();
          },
          [this](const part_order& order) { on_order(order); }};
}

void conductor::on_order(const part_order& order) {
  switch (order.what) {
    case part_order::kind::begin:
      begin(order.at_ns);
      break;
    case part_order::kind::open_meet:
      open(order.meet);
      break;
    case part_order::kind::halt:
      halt(order);
      break;
    case part_order::kind::wind_down:
      wind_down_all();
      break;
    case part_order::kind::dismiss:
      dismiss_all();
      break;
  }
}

void conductor::tell(part_news::kind what, std::size_t meet) { setup_->tell({what, meet, {}}); }

// -- the ramp ---

void conductor::begin(std::int64_t at_ns) {
  began_ns_ = at_ns;
  for (std::size_t i = 0; i < setup_->desks.size(); ++i)
    keepers_.push_back(spawn_on<lane_keeper_actor, lane_keeper>(self_->system(), setup_->homes[i], *setup_->desks[i]));
  wait_for_second();
  for (std::size_t i = 0; i < meets_.size(); ++i)
    look_at(i);
  if (all_clients_ == 0)
    tell(part_news::kind::finished);
  begin_clients();
}

void conductor::begin_clients() {
  static constexpr std::size_t at_a_time = 500;  // then the clients that have begun get their turn
  const auto now = clock().now_ns();
  auto next = std::numeric_limits<std::int64_t>::max();
  std::size_t begun = 0;
  for (std::size_t i = 0; i < groups_.size() && !halted_; ++i) {
    auto& group = groups_[i];
    const auto ramp = setup_->plan.what.clients[i].ramp;
    while (group.begun < group.clients) {
      const auto number = setup_->share.client(group.begun);
      const auto due =
          ramp > 0 ? began_ns_ + static_cast<std::int64_t>(static_cast<double>(number) * 1e9 / ramp) : began_ns_;
      if (due > now || begun == at_a_time) {
        next = std::min(next, due);
        break;
      }
      begin_client(i);
      ++begun;
    }
  }
  if (next != std::numeric_limits<std::int64_t>::max())
    ramp_ticket_ = clock().call_at(
        next, [to = conductor_actor{self_}] { caf::anon_send(to, conductor_time{conductor_time::kind::ramp}); });
}

void conductor::begin_client(std::size_t group) {
  const auto lane = clients_.size() % setup_->desks.size();
  clients_.push_back(spawn_client(self_->system(), setup_->homes[lane], *setup_->desks[lane], group,
                                  setup_->share.client(groups_[group].begun++)));
  caf::anon_send(clients_.back(), do_steps{});
}

void conductor::on_wanted(const connect_wanted& wish) {
  auto& group = groups_[wish.group];
  if (group.connecting == group.at_once) {
    group.want_to_connect.push_back(wish.client);
    return;
  }
  ++group.connecting;
  caf::anon_send(wish.client, may_connect{});
}

void conductor::on_settled(std::size_t which) {
  auto& group = groups_[which];
  if (group.want_to_connect.empty()) {
    --group.connecting;
    return;
  }
  caf::anon_send(group.want_to_connect.front(), may_connect{});
  group.want_to_connect.pop_front();
}

// -- meets ---

void conductor::on_finished(const client_finished& news) {
  for (const auto meet : setup_->plan.groups[news.group].meets) {
    --meets_[meet].expected;
    meets_[meet].waiting.erase(news.client);
    look_at(meet);
  }
  if (++finished_ == all_clients_)
    tell(part_news::kind::finished);
}

void conductor::look_at(std::size_t which) {
  auto& meet = meets_[which];
  if (meet.expected == 0) {
    if (!std::exchange(meet.told_gone, true))
      tell(part_news::kind::meet_gone, which);
  } else if (meet.waiting.size() == meet.expected && !std::exchange(meet.told_ready, true)) {
    tell(part_news::kind::meet_ready, which);
  }
}

void conductor::open(std::size_t which) {
  auto& meet = meets_[which];
  meet.told_ready = false;
  for (const auto& [id, client] : std::exchange(meet.waiting, {}))
    caf::anon_send(client, meet_opened{});
}

// -- end ---

void conductor::halt(const part_order& order) {
  if (std::exchange(halted_, true))
    return;
  halt_is_failure_ = order.is_failure;
  halt_reason_ = order.why;
  ramp_ticket_.reset();
  for (const auto& each : clients_)
    caf::anon_send(each, halt_steps{order.why, order.is_failure});
  // Clients that have not begun never will.
  for (std::size_t i = 0; i < groups_.size(); ++i)
    for (std::size_t n = groups_[i].begun; n < groups_[i].clients; ++n)
      on_finished({i, 0});
}

void conductor::wind_down_all() {
  if (std::exchange(winding_down_, true))
    return;
  if (clients_.empty())
    tell(part_news::kind::settled);
  for (const auto& each : clients_)
    caf::anon_send(each, wind_down{});
}

void conductor::dismiss_all() {
  if (std::exchange(dismissing_, true))
    return;
  if (!winding_down_)
    if (clients_.empty())
      ask_lanes(true);
  for (const auto& each : clients_)
    caf::anon_send(each, dismiss{});
}

}  // namespace ability::load
