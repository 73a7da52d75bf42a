#include "actors/cluster/dial_policy.hpp"

#include <algorithm>
#include <utility>

#include "actors/node/log.hpp"

namespace ability {

std::vector<dial_order> dial_policy::take_orders() { return std::exchange(orders_, {}); }

// -- times ---

void dial_policy::begin(time_point now) {
  for (const auto& address : configured_) {
    if (names_host(address) && address != members_.self().address) {
      names_.emplace_back(address);
      look_up(address);
      continue;
    }
    auto& target = targets_.add(address);
    target.configured = true;
    target.own = address == members_.self().address;
    target.tried = target.own;
    dial(address, now);
  }
}

void dial_policy::dial(const std::string& address, time_point now) {
  auto* const target = targets_.find(address);
  if (target == nullptr)
    return;
  target->due = false;
  if (stopping_ || target->own || target->attempt != 0 || joins_.is_linked(target->uuid))
    return;
  target->attempt = ++attempts_;
  target->dialled = now;
  orders_.push_back({.what = dial_order::kind::dial, .where = address, .attempt = target->attempt});
}

void dial_policy::dial_after(target& which, std::chrono::milliseconds delay) {
  if (!stopping_ && !which.own && which.attempt == 0 && !std::exchange(which.due, true))
    orders_.push_back({.what = dial_order::kind::dial_later, .where = which.address, .delay = delay});
}

void dial_policy::dial_again(target& which) {
  if (!which.due)
    dial_after(which, targets_.next_delay(which, random_));
}

void dial_policy::tick(time_point now) {
  targets_.forget_if([&](const target& each) {
    return !each.configured && each.attempt == 0 && now - each.heard > keep_heard && !joins_.is_linked(each.uuid) &&
           !members_.knows(each.uuid);
  });
  dial_behind_balancers(now);
  targets_.for_each([&](target& each) {
    if (each.cause != refusal_cause::none && now - each.logged >= log_again)
      log_failure(each, now);
  });
  judge_itself();
}

// Dials again where the node that answers has another address: a balancer may hide more nodes, and parts of a cluster
// that do not know of each other.
void dial_policy::dial_behind_balancers(time_point now) {
  targets_.for_each([&](target& each) {
    const auto leads_elsewhere = [&](const link_entry& link) {
      return link.up && link.who.uuid == each.uuid && link.who.address != each.address;
    };
    if (!each.configured || now - each.dialled < dial_further ||
        std::ranges::none_of(members_.links(), leads_elsewhere))
      return;
    each.uuid.clear();
    dial(each.address, now);
  });
}

// -- names ---

void dial_policy::look_up(const std::string& name) {
  auto* const found = find_name(name);
  if (!stopping_ && found != nullptr && found->begin())
    orders_.push_back({.what = dial_order::kind::resolve, .where = name});
}

void dial_policy::resolved(const name_resolved& result, time_point now) {
  auto* const found = find_name(result.name);
  if (stopping_ || found == nullptr)
    return;
  const auto delay = found->end(members_.is_alone());
  if (result.addresses.empty())
    found->log_change(log_level::warn, "name not resolved, retrying",
                      {{"name", found->name()}, {"reason", result.why_not}});
  else
    use(*found, result.addresses, now);
  orders_.push_back({.what = dial_order::kind::resolve_later, .where = found->name(), .delay = delay});
}

// Stops endless dialling of addresses that the name no longer has.
void dial_policy::use(join_name& which, const std::vector<std::string>& addresses, time_point now) {
  const auto before = which.use(addresses);
  for (const auto& address : before)
    if (auto* const target = targets_.find(address))
      target->configured = is_configured(address);
  for (const auto& address : which.addresses()) {
    auto& target = targets_.add(address);
    target.configured = true;
    target.own = address == members_.self().address;
    target.tried = target.tried || target.own;
    if (!target.due)
      dial(address, now);
  }
}

bool dial_policy::is_configured(const std::string& address) const {
  return std::ranges::find(configured_, address) != configured_.end() ||
         std::ranges::any_of(names_, [&](const auto& each) { return each.has(address); });
}

join_name* dial_policy::find_name(std::string_view name) {
  const auto found = std::ranges::find(names_, name, &join_name::name);
  return found == names_.end() ? nullptr : &*found;
}

// -- results ---

bool dial_policy::failed(std::uint64_t attempt, const refusal_of_node& why, time_point now) {
  auto* const target = targets_.of_attempt(attempt);
  if (target == nullptr)
    return false;
  target->attempt = 0;
  if (why.code == "self")
    led_back(*target);
  else
    refused(*target, why, now);
  return true;
}

dial_targets::target* dial_policy::answered(std::uint64_t attempt, const member& who) {
  auto* const target = targets_.of_attempt(attempt);
  if (target == nullptr)
    return nullptr;
  target->attempt = 0;
  target->uuid = who.uuid;
  target->started = who.started;
  target->namesake = who.name == members_.self().name;
  return target;
}

// Dials again, as a balancer or a name for many nodes may lead to another node the next time.
void dial_policy::led_back(target& which) {
  which.tried = true;
  which.uuid.clear();
  clear_failure(which);
  if (!std::exchange(which.led_back, true))
    log(log_level::info, "an address leads to this node itself, trying it again", {{"address", which.address}});
  dial_after(which, members_.is_alone() ? targets_.next_delay(which, random_) : dial_further);
}

void dial_policy::refused(target& which, const refusal_of_node& why, time_point now) {
  note_failure(which, why.code + ": " + why.message, now);
  dial_again(which);
}

void dial_policy::linked(const link_entry& latest) {
  targets_.for_each([&](target& each) {
    if (each.address == latest.address || each.uuid == latest.who.uuid)
      clear_failure(each);
  });
  judge_itself();
}

// After the end of a link only the node that dialled it dials again; configured addresses are dialled in any case.
void dial_policy::link_ended(const link_entry& gone, const std::string& why, bool in_order, time_point now) {
  targets_.forget_if([&](const target& each) {
    return !each.configured && each.uuid == gone.who.uuid && (in_order || (gone.up && !gone.dialled_by_us()));
  });
  targets_.for_each([&](target& each) {
    if (each.uuid != gone.who.uuid && each.address != gone.address)
      return;
    if (!gone.up)
      note_failure(each, why, now);
    else if (now - gone.since > dial_targets::last_retry)
      each.retry = dial_targets::first_retry;
    dial_again(each);
  });
}

std::vector<member> dial_policy::learn(const std::vector<member>& announced, time_point now) {
  const auto& self = members_.self();
  std::vector<member> learned;
  for (const auto& each : announced) {
    if (each.uuid == self.uuid || each.address.empty() || each.address == self.address || joins_.is_linked(each.uuid) ||
        !members_.may_dial(each.uuid, now))
      continue;
    auto* known = targets_.find(each.address);
    if (known == nullptr) {
      if (targets_.size() >= max_targets)
        continue;
      known = &targets_.add(each.address);
      learned.push_back(each);
    }
    known->heard = now;
    if (known->attempt == 0)
      known->uuid = each.uuid;
    dial_after(*known, self.uuid < each.uuid ? std::chrono::milliseconds{0} : polite_wait);
  }
  ++announcements_;
  return learned;
}

// -- failures ---

void dial_policy::note_failure(target& which, const std::string& why, time_point now) {
  which.tried = true;
  which.led_back = false;
  if (const auto cause = cause_of(why.substr(0, why.find(':'))); cause != refusal_cause::none) {
    which.cause = cause;
    which.failed_since = 0;
  } else if (which.cause == refusal_cause::none) {
    which.came_later = true;
  } else if (++which.failed_since == dial_targets::cause_lapses_after) {
    which.cause = refusal_cause::none;
  }
  judge_itself();
  if (std::exchange(which.last_failure, why) != why)
    log_failure(which, now);
}

void dial_policy::log_failure(target& which, time_point now) {
  which.logged = now;
  if (which.cause != refusal_cause::none) {
    log(log_level::warn, "refused for cause, retrying",
        {{"address", which.address},
         {"reason", which.last_failure},
         {"serves", refused_for_ == refusal_cause::none ? "yes" : "no"}});
    return;
  }
  bool is_of_name = false;
  for (auto& name : names_)
    if (name.has(which.address)) {
      is_of_name = true;
      log_failure_of_name(name);
    }
  if (!is_of_name)
    log(!which.configured                ? log_level::debug
        : is_routine(which.last_failure) ? log_level::info
                                         : log_level::warn,
        "node not reached, retrying", {{"address", which.address}, {"reason", which.last_failure}});
}

// Logs one line for all addresses of a name except the node's own, once all were tried.
void dial_policy::log_failure_of_name(join_name& which) {
  std::size_t others = 0;
  std::size_t reached = 0;
  std::string reason;
  for (const auto& address : which.addresses()) {
    const auto* const target = targets_.find(address);
    if (target == nullptr || target->own)
      continue;
    ++others;
    const bool is_reached = is_up(*target);
    if (!is_reached && !target->tried)
      return;
    if (is_reached)
      ++reached;
    else if (!target->last_failure.empty())
      reason = target->last_failure;
  }
  if (reason.empty())
    return;
  which.log_change(reached == 0 && !is_routine(reason) ? log_level::warn : log_level::info,
                   reached == 0 ? "node not reached, retrying" : "not all addresses of a name reached, retrying",
                   {{"name", which.name()}, {"others", others}, {"reached", reached}, {"reason", reason}});
}

void dial_policy::clear_failure(target& which) {
  which.last_failure.clear();
  which.cause = refusal_cause::none;
  judge_itself();
}

// A node that was linked stays ready: it cannot know which side is wrong, and one misconfigured node must not put the
// others out of service.
void dial_policy::judge_itself() {
  const auto cause = members_.was_linked() ? refusal_cause::none : targets_.verdict(members_.self().started);
  if (std::exchange(refused_for_, cause) == cause)
    return;
  if (cause == refusal_cause::none)
    log(log_level::info, "no longer refused by the cluster, so ready");
  else
    log(log_level::error, "refused by the cluster, so not ready", {{"cause", std::string{name_of(cause)}}});
}

// -- facts ---

bool dial_policy::has_joined() {
  bool all = std::ranges::all_of(names_, &join_name::tried) && announcements_ >= members_.count_up();
  targets_.for_each([&](const target& each) { all = all && (each.tried || is_up(each)); });
  return all;
}

}  // namespace ability
