#include "actors/cluster/cluster.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <utility>

#include "actors/cluster/link.hpp"
#include "actors/node/events.hpp"
#include "actors/node/log.hpp"
#include "actors/runtime/pinned.hpp"

namespace ability {

namespace {

bool has_broadcasts(const std::unique_ptr<lane_home>& lane) { return lane->counters.broadcasts.get() > 0; }

}  // namespace

cluster_state::~cluster_state() {
  if (members_)
    for (const auto& each : members_->links())
      caf::anon_send_exit(each.link, caf::exit_reason::user_shutdown);
}

void cluster_state::start(lane_home& home) {
  home_ = &home;
  const auto& how = home.here.settings.cluster;
  members_.emplace(how.self, now());
  joins_.emplace(*members_);
  dials_.emplace(*members_, *joins_, how.join, home_->random);
}

cluster_actor::behavior_type cluster_state::make_behavior() {
  self_->set_down_handler(on(&cluster_state::on_link_failed));
  return {
      on(&cluster_state::join),
      on(&cluster_state::dial),
      on(&cluster_state::look_up),
      on(&cluster_state::on_name_resolved),
      on(&cluster_state::on_dial_failed),
      on(&cluster_state::on_dial_reply),
      on(&cluster_state::on_join_request),
      on(&cluster_state::on_link_up),
      on(&cluster_state::on_link_down),
      on(&cluster_state::on_link_report),
      on(&cluster_state::on_members),
      on(&cluster_state::forward),
      on(&cluster_state::leave),
      [this](await_joined) {
        auto asked = self_->make_response_promise<joined_cluster>();
        awaited_.push_back(asked);
        carry_out();
        return asked;
      },
      on(&cluster_state::tick),
      [this](list_nodes) { return members_->list(); },
  };
}

void cluster_state::carry_out() {
  for (auto& each : dials_->take_orders())
    switch (each.what) {
      case dial_order::kind::dial:
        home_->here.cluster_counters.dials.add();
        network_->dial(each.where, each.attempt, cluster_actor{self_});
        break;
      case dial_order::kind::dial_later:
        if (each.delay.count() == 0)
          caf::anon_send(cluster_actor{self_}, dial_due{std::move(each.where)});
        else
          self_->delayed_send(self_, each.delay, dial_due{std::move(each.where)});
        break;
      case dial_order::kind::resolve:
        network_->resolve(each.where, cluster_actor{self_});
        break;
      case dial_order::kind::resolve_later:
        self_->delayed_send(self_, each.delay, look_up_due{std::move(each.where)});
        break;
    }
  home_->here.refused_for = dials_->refused_for();
  if (!awaited_.empty() && dials_->has_joined())
    for (auto& each : std::exchange(awaited_, {}))
      each.deliver(joined_cluster{});
}

// -- nodes ---

void cluster_state::join(const join_cluster& order) {
  network_ = order.network;
  dials_->begin(now());
  self_->delayed_send(self_, tick_every, cluster_tick{});
}

void cluster_state::on_dial_failed(const dial_failed& news) {
  if (dials_->failed(news.attempt, news.why, now()))
    return home_->here.cluster_counters.failed_dials.add();
  // The attempt has already led to a link.
  const auto found = std::ranges::find(members_->links(), news.attempt, &link_entry::attempt);
  if (found != members_->links().end())
    caf::anon_send(found->link, peer_connection_closed{news.why.code + ": " + news.why.message});
}

// Handles a node that we have dialled. Its identity is not proved yet, so no other link ends for it before it is up.
void cluster_state::on_dial_reply(const dial_reply& news) {
  auto* const target = stopping_ ? nullptr : dials_->answered(news.attempt, news.who);
  if (target == nullptr)
    return refuse(news.who, *news.door, refused_as_stopping());
  if (news.who.uuid == members_->self().uuid) {
    refuse(news.who, *news.door, refused_as_self());
    return dials_->led_back(*target);
  }
  if (joins_->is_linked(news.who.uuid))
    return refuse(news.who, *news.door, refused_as_duplicate());
  if (auto why = joins_->refusal_of(news.who)) {
    dials_->refused(*target, *why, now());
    return refuse(news.who, *news.door, std::move(*why));
  }
  news.door->proceed(make_link(news.who, target->address, news.attempt));
}

// Handles a node that has dialled us and has proved the secret.
void cluster_state::on_join_request(const join_request& news) {
  if (stopping_ && news.who.uuid != members_->self().uuid)
    return refuse(news.who, *news.door, refused_as_stopping());
  auto [refusal, outdated, at_once] = joins_->judge(news.who, now());
  if (refusal)
    return refuse(news.who, *news.door, std::move(*refusal));
  for (auto* each : outdated)
    end(*each, each->who.uuid == news.who.uuid ? std::string{newer_link} : "it has started again");
  if (at_once)
    return news.door->proceed(make_link(news.who));
  if (auto earlier = joins_->wait(news.who, news.door))
    refuse(earlier->who, *earlier->door, refused_as_duplicate());
}

void cluster_state::admit_waiting() {
  for (auto& each : joins_->take_waiting())
    on_join_request({std::move(each.who), std::move(each.door)});
}

void cluster_state::on_members(const members_heard& news) {
  if (stopping_)
    return;
  if (auto learned = dials_->learn(news.members, now()); !learned.empty())
    tell_links(members_heard{std::move(learned)});
}

void cluster_state::refuse(const member& who, pending_join& door, refusal_of_node why) {
  home_->here.cluster_counters.refused_nodes.add();
  const bool is_usual = is_routine(why.code);
  if (is_usual || home_->refusals.wants_node(now()))
    log(is_usual ? log_level::debug : log_level::warn, "node refused",
        {{"node", who.name}, {"address", who.address}, {"code", why.code}, {"reason", why.message}});
  door.refuse(std::move(why));
}

link_actor cluster_state::make_link(const member& who, std::string address, std::uint64_t attempt) {
  auto link = spawn_link(*home_, {cluster_actor{self_}, who, attempt != 0});
  self_->monitor(link);
  members_->links().push_back(
      {.who = who, .link = link, .id = link.id(), .address = std::move(address), .attempt = attempt});
  return link;
}

// -- links ---

void cluster_state::on_link_up(const link_up& news) {
  auto* const found = find(news.link);
  if (found == nullptr)
    return;
  found->announced = true;
  if (found->ending)
    return;
  const auto arrival = members_->come_up(*found, now());
  for (auto* each : arrival.outdated)
    end(*each, "it has started again");
  if (!arrival.stays)
    return end(*found, "it has started again");
  dials_->linked(*found);
  const auto& latest = *found;
  auto& counters = home_->here.cluster_counters;
  counters.links_opened.add();
  counters.nodes.set(members_->count_up());
  log(log_level::info, "node joined", {{"name", latest.who.name}, {"address", latest.who.address}});
  report(home_->here, event_kind::node_joined, latest.who.name, latest.who.address);
  // Broadcasts that this node accepted before it knew the other one may have been followed there.
  if (arrival.is_new && std::ranges::any_of(home_->here.lanes, has_broadcasts))
    members_->add_unknown_loss(latest.who.uuid);
  report_losses_of(latest.who.uuid);  // before the link has publications that came later
  tell_directories(link_opened{latest.link});
  if (arrival.was_lost)
    tell_directories(gap_opened{latest.who.name, {}, 0});
  caf::anon_send(latest.link, members_heard{members_->members()});
  for (const auto& each : members_->links())
    if (each.up && each.link != latest.link)
      caf::anon_send(each.link, members_heard{{latest.who}});
}

void cluster_state::on_link_down(const link_down& news) {
  const auto* const found = find(news.link);
  if (found == nullptr)
    return;
  self_->demonitor(news.link.address());
  take_out(*found, news.reason, news.in_order || stopping_);
}

// Only a link that has ended has unreported losses. It may still be listed here, and they are for another one.
void cluster_state::on_link_report(const link_report& news) {
  members_->count(news);
  if (!news.unreported.empty())
    report_losses_of(news.uuid, news.link);
}

// Gives losses of earlier links to the present one, if there is one. `ended`: the id of the link that had them.
void cluster_state::report_losses_of(const std::string& uuid, std::uint64_t ended) {
  for (const auto& each : members_->links())
    if (each.up && each.id != ended && each.who.uuid == uuid)
      if (auto losses = members_->take_losses(uuid); !losses.empty())
        caf::anon_send(each.link, report_losses{std::move(losses)});
}

void cluster_state::on_link_failed(const caf::down_msg& lost) {
  const auto& links = members_->links();
  const auto found = std::ranges::find_if(links, [&](const auto& each) { return each.link.address() == lost.source; });
  if (found == links.end())
    return;
  log(log_level::error, "link actor failed", {{"node", found->who.name}});
  take_out(*found, "its actor failed", false);
}

// Removes a link that has ended, and tells directories, metrics and the monitor.
void cluster_state::take_out(const link_entry& which, const std::string& why, bool in_order) {
  const auto gone = members_->remove(which, in_order, now());
  auto& counters = home_->here.cluster_counters;
  if (gone.announced)
    tell_directories(link_closed{gone.link, gone.who.name, in_order});
  if (gone.up) {
    counters.links_closed.add();
    counters.nodes.set(members_->count_up());
    log(in_order ? log_level::info : log_level::warn, "node left",
        {{"name", gone.who.name}, {"address", gone.who.address}, {"reason", why}});
    report(home_->here, event_kind::node_left, gone.who.name, why);
  }
  if (stopping_) {
    if (members_->links().empty())
      self_->quit();
    return;
  }
  if (gone.dialled_by_us() && !gone.up)
    counters.failed_dials.add();
  dials_->link_ended(gone, why, in_order, now());
  admit_waiting();
}

void cluster_state::end(link_entry& which, std::string why) {
  which.ending = true;
  caf::anon_send(which.link, leave_cluster{std::move(why), true});
}

void cluster_state::forward(const forward_disconnect& order) {
  tell_links(order);
  home_->here.cluster_counters.commands_lost.add(members_->count_lost());
}

void cluster_state::leave(const leave_cluster& order) {
  stopping_ = true;
  dials_->stop();
  for (auto& each : joins_->take_waiting())
    refuse(each.who, *each.door, refused_as_stopping());
  auto& links = members_->links();
  for (auto& each : links) {
    each.ending = each.ending || !each.up;
    caf::anon_send(each.link, leave_cluster{order.reason, each.ending});
  }
  if (links.empty())
    self_->quit();
}

void cluster_state::tick(const cluster_tick&) {
  self_->delayed_send(self_, tick_every, cluster_tick{});
  tell_links(members_heard{members_->members()});  // repeats announcements that a broken link has lost
  members_->tick(now());
  dials_->tick(now());
}

link_entry* cluster_state::find(const link_actor& link) {
  auto& links = members_->links();
  const auto found = std::ranges::find(links, link, &link_entry::link);
  return found == links.end() ? nullptr : &*found;
}

cluster_actor spawn_cluster(lane_home& home) {
  return spawn_on<cluster_actor, cluster_state>(home.here.system, home.runs_on, home);
}

}  // namespace ability
