// Dialling: addresses and times of the cluster's attempts.
#include <algorithm>
#include <caf/send.hpp>
#include <utility>

#include "actors/cluster/cluster.hpp"
#include "actors/node/log.hpp"

namespace ability {

void cluster_state::join(const join_cluster& order) {
  network_ = order.network;
  for (const auto& address : home_->here.settings.cluster.join) {
    if (names_host(address) && address != self().address) {
      names_.push_back({.name = address});
      look_up(address);
      continue;
    }
    auto& target = targets_.add(address);
    target.configured = true;
    target.own = address == self().address;
    target.tried = target.own;
    dial(address);
  }
  self_->delayed_send(self_, tick_every, cluster_tick{});
}

void cluster_state::dial(const std::string& address) {
  auto* const target = targets_.find(address);
  if (target == nullptr)
    return;
  target->due = false;
  if (stopping_ || target->own || target->attempt != 0 || is_linked(target->uuid))
    return;
  target->attempt = ++attempts_;
  target->dialled = now();
  home_->here.cluster_counters.dials.add();
  network_->dial(address, target->attempt, cluster_actor{self_});
}

void cluster_state::dial_after(dial_book::target& which, std::chrono::milliseconds delay) {
  if (stopping_ || which.own || which.attempt != 0 || std::exchange(which.due, true))
    return;
  if (delay.count() == 0)
    caf::anon_send(cluster_actor{self_}, dial_due{which.address});
  else
    self_->delayed_send(self_, delay, dial_due{which.address});
}

void cluster_state::dial_again(dial_book::target& which) {
  if (!which.due)
    dial_after(which, targets_.next_delay(which));
}

void cluster_state::fail(const dial_failed& news) {
  const auto why = news.why.code + ": " + news.why.message;
  auto* const target = targets_.of_attempt(news.attempt);
  if (target == nullptr) {
    // The attempt has already led to a link.
    const auto found = std::ranges::find(links_, news.attempt, &link_entry::attempt);
    if (found != links_.end())
      caf::anon_send(found->link, passage_closed{why});
    return;
  }
  target->attempt = 0;
  home_->here.cluster_counters.failed_dials.add();
  if (news.why.code == "self") {
    dial_past_itself(*target);
  } else {
    note_failure(*target, why);
    dial_again(*target);
  }
  tell_if_joined();
}

// Dials again, as a balancer or a name for many nodes may lead to another node the next time.
void cluster_state::dial_past_itself(dial_book::target& which) {
  which.tried = true;
  which.uuid.clear();
  clear_failure(which);
  if (!std::exchange(which.led_back, true))
    log(log_level::info, "an address leads to this node itself, trying it again", {{"address", which.address}});
  dial_after(which, is_alone() ? targets_.next_delay(which) : dial_further);
}

// Dials again where the node that answers has another address: a balancer may hide more nodes, and parts of a cluster
// that do not know of each other.
void cluster_state::dial_behind_balancers() {
  targets_.for_each([this](dial_book::target& each) {
    const auto leads_elsewhere = [&](const link_entry& link) {
      return link.up && link.who.uuid == each.uuid && link.who.address != each.address;
    };
    if (!each.configured || now() - each.dialled < dial_further || std::ranges::none_of(links_, leads_elsewhere))
      return;
    each.uuid.clear();
    dial(each.address);
  });
}

void cluster_state::note_failure(dial_book::target& which, const std::string& why) {
  which.tried = true;
  which.led_back = false;
  const auto cause = cause_of(why.substr(0, why.find(':')));
  if (cause != refusal_cause::none)
    which.cause = cause;
  else
    which.came_later = which.came_later || which.cause == refusal_cause::none;
  judge_itself();
  if (std::exchange(which.last_failure, why) != why)
    log_failure(which);
}

void cluster_state::log_failure(dial_book::target& which) {
  which.logged = now();
  const auto is_of = [&](const join_name& name) {
    return std::ranges::find(name.addresses, which.address) != name.addresses.end();
  };
  if (which.cause == refusal_cause::none && std::ranges::any_of(names_, is_of)) {
    for (auto& name : names_)
      if (is_of(name))
        log_failure_of_name(name);
  } else if (which.cause == refusal_cause::none)
    log(!which.configured                ? log_level::debug
        : is_routine(which.last_failure) ? log_level::info
                                         : log_level::warn,
        "node not reached, retrying", {{"address", which.address}, {"reason", which.last_failure}});
  else
    log(log_level::warn, "refused for cause, retrying",
        {{"address", which.address},
         {"reason", which.last_failure},
         {"serves", home_->here.refused_for == refusal_cause::none ? "yes" : "no"}});
}

void cluster_state::clear_failure(dial_book::target& which) {
  which.last_failure.clear();
  which.cause = refusal_cause::none;
  judge_itself();
}

// A node that was linked stays ready: it cannot know which side is wrong, and one misconfigured node must not put the
// others out of service.
void cluster_state::judge_itself() {
  const auto cause = was_linked_ ? refusal_cause::none : targets_.verdict(self().started);
  if (home_->here.refused_for.exchange(cause) == cause)
    return;
  if (cause == refusal_cause::none)
    log(log_level::info, "no longer refused by the cluster, so ready");
  else
    log(log_level::error, "refused by the cluster, so not ready", {{"cause", std::string{name_of(cause)}}});
}

// After the end of a link only the node that dialled it dials again; configured addresses are dialled in any case.
void cluster_state::dial_instead_of(const link_entry& gone, const std::string& why, bool in_order) {
  if (gone.dialled_by_us() && !gone.up)
    home_->here.cluster_counters.failed_dials.add();
  targets_.forget_if([&](const dial_book::target& each) {
    return !each.configured && each.uuid == gone.who.uuid && (in_order || (gone.up && !gone.dialled_by_us()));
  });
  targets_.for_each([&](dial_book::target& each) {
    if (each.uuid != gone.who.uuid && each.address != gone.address)
      return;
    if (!gone.up)
      note_failure(each, why);
    else if (now() - gone.since > dial_book::last_retry)
      each.retry = dial_book::first_retry;
    dial_again(each);
  });
}

void cluster_state::hear(const members_heard& news) {
  if (stopping_)
    return;
  std::vector<member> learned;
  for (const auto& each : news.members) {
    if (each.uuid == self().uuid || each.address.empty() || each.address == self().address || is_linked(each.uuid) ||
        left_.contains(each.uuid))
      continue;
    if (const auto node = nodes_.find(each.uuid); node != nodes_.end() && now() - node->second.since < trust_dialler)
      continue;
    auto* target = targets_.find(each.address);
    if (target == nullptr) {
      if (targets_.size() >= max_targets)
        continue;
      target = &targets_.add(each.address);
      learned.push_back(each);
    }
    target->heard = now();
    if (target->attempt == 0)
      target->uuid = each.uuid;
    dial_after(*target, self().uuid < each.uuid ? std::chrono::milliseconds{0} : polite_wait);
  }
  if (!learned.empty())
    tell_links(members_heard{learned});
  ++heard_;
  tell_if_joined();
}

// Each link announces the members that its node knows, so all are known once each link has done so.
bool cluster_state::has_joined() {
  bool all = std::ranges::all_of(names_, &join_name::tried) &&
             heard_ >= static_cast<std::size_t>(std::ranges::count(links_, true, &link_entry::up));
  targets_.for_each([&](const dial_book::target& each) { all = all && (each.tried || is_up(each)); });
  return all;
}

bool cluster_state::is_up(const dial_book::target& target) const {
  return std::ranges::any_of(links_, [&](const auto& each) {
    return each.up && (each.who.uuid == target.uuid || each.address == target.address);
  });
}

bool cluster_state::is_alone() const { return std::ranges::none_of(links_, &link_entry::up); }

void cluster_state::tell_if_joined() {
  if (awaited_.empty() || !has_joined())
    return;
  for (auto& each : std::exchange(awaited_, {}))
    each.deliver(joined_cluster{});
}

}  // namespace ability
