#include "actors/cluster/cluster.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <utility>

#include "actors/cluster/link.hpp"
#include "actors/node/events.hpp"
#include "actors/node/log.hpp"
#include "actors/runtime/pinned.hpp"

namespace ability {

cluster_state::~cluster_state() {
  for (const auto& each : links_)
    caf::anon_send_exit(each.link, caf::exit_reason::user_shutdown);
}

void cluster_state::start(lane_home& home) { home_ = &home; }

cluster_actor::behavior_type cluster_state::make_behavior() {
  since_ = now();
  self_->set_down_handler([this](const caf::down_msg& lost) { lose_link(lost); });
  return {
      [this](const join_cluster& order) { join(order); },
      [this](const dial_due& order) { dial(order.address); },
      [this](const look_up_due& order) { look_up(order.name); },
      [this](const name_resolved& news) { take_addresses(news); },
      [this](const dial_failed& news) { fail(news); },
      [this](const node_answers& news) { answer(news); },
      [this](const node_knocks& news) { knock(news.who, news.door); },
      [this](const link_up& news) { link_is_up(news); },
      [this](const link_down& news) { link_is_down(news); },
      [this](const members_heard& news) { hear(news); },
      [this](const forward_disconnect& order) { forward(order); },
      [this](const leave_cluster& order) { leave(order); },
      [this](await_joined) {
        auto asked = self_->make_response_promise<joined_cluster>();
        awaited_.push_back(asked);
        tell_if_joined();
        return asked;
      },
      [this](cluster_tick) { tick(); },
      [this](list_nodes) { return list(); },
  };
}

// -- links ---

void cluster_state::link_is_up(const link_up& news) {
  const auto found = find(news.link);
  if (found == links_.end())
    return;
  found->announced = true;
  if (found->ending)
    return;
  if (!resolve_names(*found))
    return end(*found, "it has started again");
  found->up = true;
  found->since = now();
  was_linked_ = true;
  const auto latest = *found;
  targets_.for_each([&](dial_book::target& each) {
    if (each.address == latest.address || each.uuid == latest.who.uuid)
      clear_failure(each);
  });
  judge_itself();
  const auto known = nodes_.find(latest.who.uuid);
  const bool was_lost = known != nodes_.end() && known->second.state == node_state::lost;
  nodes_.insert_or_assign(latest.who.uuid,
                          node_entry{latest.who, node_state::up, latest.since, latest.dialled_by_us(), latest.ledger});
  auto& counters = home_->here.cluster_counters;
  counters.links_opened.add();
  counters.nodes.set(static_cast<std::uint64_t>(std::ranges::count(links_, true, &link_entry::up)));
  log(log_level::info, "node joined", {{"name", latest.who.name}, {"address", latest.who.address}});
  tell_monitor(event_kind::node_joined, latest.who, latest.who.address);
  tell_directories(link_opened{latest.link});
  if (was_lost)  // publications there were not forwarded here meanwhile
    tell_directories(gap_opened{latest.who.name, {}, 0});
  caf::anon_send(latest.link, members_heard{members()});
  for (const auto& each : links_)
    if (each.up && each.link != latest.link)
      caf::anon_send(each.link, members_heard{{latest.who}});
  tell_if_joined();
}

// True if `latest` stays: among processes with one name the latest started one replaces the others.
bool cluster_state::resolve_names(const link_entry& latest) {
  for (auto& each : links_) {
    if (each.link == latest.link || each.ending || each.who.name != latest.who.name)
      continue;
    if (each.who.started > latest.who.started)
      return false;
    end(each, "it has started again");
  }
  std::erase_if(nodes_, [&](const auto& each) {
    return each.second.state == node_state::lost && each.second.who.name == latest.who.name &&
           each.first != latest.who.uuid;
  });
  return true;
}

void cluster_state::link_is_down(const link_down& news) {
  const auto found = find(news.link);
  if (found == links_.end())
    return;
  const auto gone = std::move(*found);
  links_.erase(found);
  self_->demonitor(gone.link.address());
  take_out(gone, news.reason, news.in_order || stopping_);
  tell_if_joined();
}

void cluster_state::lose_link(const caf::down_msg& lost) {
  const auto found = std::ranges::find_if(links_, [&](const auto& each) { return each.link.address() == lost.source; });
  if (found == links_.end())
    return;
  const auto gone = std::move(*found);
  links_.erase(found);
  log(log_level::error, "link actor failed", {{"node", gone.who.name}});
  take_out(gone, "its actor failed", false);
}

// Tells directories, metrics and the monitor that a link has ended.
void cluster_state::take_out(const link_entry& gone, const std::string& why, bool in_order) {
  if (gone.announced)
    tell_directories(link_closed{gone.link, gone.who.name, in_order});
  if (gone.up) {
    auto& counters = home_->here.cluster_counters;
    counters.links_closed.add();
    counters.nodes.set(static_cast<std::uint64_t>(std::ranges::count(links_, true, &link_entry::up)));
    log(in_order ? log_level::info : log_level::warn, "node left",
        {{"name", gone.who.name}, {"address", gone.who.address}, {"reason", why}});
    tell_monitor(event_kind::node_left, gone.who, why);
    const bool replaced = std::ranges::any_of(links_, [&](const auto& each) {
      return each.up && each.who.name == gone.who.name && each.who.uuid != gone.who.uuid;
    });
    if (in_order || replaced) {
      nodes_.erase(gone.who.uuid);
      left_[gone.who.uuid] = now();
    } else if (const auto node = nodes_.find(gone.who.uuid); node != nodes_.end()) {
      node->second.state = node_state::lost;
      node->second.since = now();
    }
  }
  if (stopping_) {
    if (links_.empty())
      self_->quit();
    return;
  }
  dial_instead_of(gone, why, in_order);
  let_visitors_in();
}

void cluster_state::end(link_entry& which, std::string why) {
  which.ending = true;
  caf::anon_send(which.link, leave_cluster{std::move(why), true});
}

void cluster_state::leave(const leave_cluster& order) {
  stopping_ = true;
  for (auto& [uuid, each] : std::exchange(visitors_, {}))
    refuse(each.who, *each.door, {"stopping", "this node stops"});
  for (auto& each : links_) {
    each.ending = each.ending || !each.up;
    caf::anon_send(each.link, leave_cluster{order.reason, each.ending});
  }
  if (links_.empty())
    self_->quit();
}

void cluster_state::forward(const forward_disconnect& order) {
  tell_links(order);
  const auto lost =
      std::ranges::count_if(nodes_, [](const auto& each) { return each.second.state == node_state::lost; });
  home_->here.cluster_counters.commands_lost.add(static_cast<std::uint64_t>(lost));
}

void cluster_state::tick() {
  self_->delayed_send(self_, tick_every, cluster_tick{});
  tell_links(members_heard{members()});  // repeats announcements that a broken link has lost
  std::erase_if(left_, [this](const auto& each) { return now() - each.second > keep_left; });
  forget_lost();
  targets_.forget_if([this](const dial_book::target& each) {
    return !each.configured && each.attempt == 0 && now() - each.heard > keep_heard && !is_linked(each.uuid) &&
           !nodes_.contains(each.uuid);
  });
  dial_behind_balancers();
  targets_.for_each([this](dial_book::target& each) {
    if (each.cause != refusal_cause::none && now() - each.logged >= log_again)
      log_failure(each);
  });
  judge_itself();
}

void cluster_state::forget_lost() {
  std::vector<std::map<std::string, node_entry>::iterator> lost;
  for (auto it = nodes_.begin(); it != nodes_.end(); ++it)
    if (it->second.state == node_state::lost)
      lost.push_back(it);
  std::ranges::sort(lost, std::greater{}, [](const auto& each) { return each->second.since; });
  for (std::size_t i = 0; i < lost.size(); ++i) {
    if (i >= max_lost_with_names)
      lost[i]->second.ledger->untold = {};
    if (i >= max_lost || now() - lost[i]->second.since > keep_lost)
      nodes_.erase(lost[i]);
  }
}

node_list cluster_state::list() const {
  node_list all;
  all.nodes.push_back({.who = self(), .state = node_state::self, .since = since_});
  for (const auto& [uuid, each] : nodes_) {
    const auto& numbers = each.ledger->present;
    all.nodes.push_back({.who = each.who,
                         .state = each.state,
                         .since = each.since,
                         .dialled_by_us = each.dialled_by_us,
                         .streams_followed = numbers.streams_followed,
                         .publications_sent = numbers.publications_sent,
                         .publications_received = numbers.publications_received,
                         .bytes_sent = numbers.bytes_sent,
                         .bytes_received = numbers.bytes_received,
                         .bytes_waiting = numbers.bytes_waiting,
                         .lost = each.ledger->lost,
                         .round_trip = numbers.round_trip});
  }
  return all;
}

std::vector<cluster_state::link_entry>::iterator cluster_state::find(const link_actor& link) {
  return std::ranges::find(links_, link, &link_entry::link);
}

bool cluster_state::is_linked(const std::string& uuid) const {
  return !uuid.empty() && (visitors_.contains(uuid) ||
                           std::ranges::any_of(links_, [&](const auto& each) { return each.who.uuid == uuid; }));
}

std::vector<member> cluster_state::members() const {
  std::vector<member> all{self()};
  for (const auto& [uuid, each] : nodes_)
    if (each.state == node_state::up)
      all.push_back(each.who);
  return all;
}

void cluster_state::tell_monitor(event_kind what, const member& who, const std::string& detail) {
  report(home_->here, what, who.name, detail);
}

cluster_actor spawn_cluster(lane_home& home) {
  return spawn_on<cluster_actor, cluster_state>(home.here.system, home.runs_on, home);
}

}  // namespace ability
