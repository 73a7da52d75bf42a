// Admission of nodes to the cluster, and the choice between two links.
#include <algorithm>
#include <caf/send.hpp>
#include <utility>

#include "actors/cluster/cluster.hpp"
#include "actors/cluster/link.hpp"
#include "actors/node/log.hpp"

namespace ability {

namespace {

refusal_of_node duplicate() { return {"duplicate", "there is a link between these two nodes"}; }

refusal_of_node name_taken(const member& who) {
  return {"name_taken", "another node is called " + who.name + "; give each node its own --node-name"};
}

}  // namespace

// Handles a node that we have dialled. Its identity is not proved yet, so no other link ends for it before it is up.
void cluster_state::answer(const node_answers& news) {
  auto* const target = targets_.of_attempt(news.attempt);
  if (target == nullptr || stopping_)
    return refuse(news.who, *news.door, {"stopping", "this node stops"});
  target->attempt = 0;
  target->uuid = news.who.uuid;
  target->started = news.who.started;
  target->namesake = news.who.name == self().name;
  if (news.who.uuid == self().uuid) {
    refuse(news.who, *news.door, {"self", "this is the node itself"});
    dial_past_itself(*target);
    return tell_if_joined();
  }
  if (is_linked(news.who.uuid))
    return refuse(news.who, *news.door, duplicate());
  if (auto why = judge_any(news.who)) {
    note_failure(*target, why->code + ": " + why->message);
    refuse(news.who, *news.door, std::move(*why));
    return dial_again(*target);
  }
  target->attempt = news.attempt;
  const auto link = make_link(news.who, target);
  target->attempt = 0;
  news.door->proceed(link);
}

// Handles a node that has dialled us and has proved the secret.
void cluster_state::knock(const member& who, std::shared_ptr<node_door> door) {
  auto [refusal, outdated, at_once] = judge(who);
  if (refusal)
    return refuse(who, *door, std::move(*refusal));
  for (auto* each : outdated)
    end(*each, each->who.uuid == who.uuid ? std::string{newer_link} : "it has started again");
  if (at_once)
    return door->proceed(make_link(who, nullptr));
  auto& place = visitors_[who.uuid];
  if (place.door != nullptr)
    refuse(place.who, *place.door, duplicate());
  place = {who, std::move(door)};
}

cluster_state::verdict cluster_state::judge(const member& who) {
  if (who.uuid == self().uuid)
    return {refusal_of_node{"self", "this is the node itself"}};
  if (stopping_)
    return {refusal_of_node{"stopping", "this node stops"}};
  if (auto why = judge_any(who))
    return {std::move(why)};
  verdict found;
  for (auto& each : links_) {
    const bool same_node = each.who.uuid == who.uuid;
    if (!same_node && each.who.name != who.name)
      continue;
    if (each.up || each.announced)
      found.at_once = false;  // CAF must forget the old connection before it sees the new one
    if (each.ending)
      continue;
    if (same_node) {
      const bool we_are_smaller = self().uuid < who.uuid;
      const bool by_the_smaller = each.dialled_by_us() == we_are_smaller;
      const bool at_once = each.up ? now() - each.since < young : each.dialled_by_us();
      if (at_once && by_the_smaller)
        return {duplicate()};
    }
    found.outdated.push_back(&each);
  }
  return found;
}

// Reasons to refuse a node that apply no matter which side has dialled.
std::optional<refusal_of_node> cluster_state::judge_any(const member& who) const {
  if (who.name == self().name)
    return name_taken(who);
  for (const auto& each : links_)
    if (!each.ending && each.who.name == who.name && each.who.uuid != who.uuid && each.who.started >= who.started)
      return name_taken(who);
  for (const auto& [uuid, each] : visitors_)
    if (each.who.name == who.name && uuid != who.uuid && each.who.started >= who.started)
      return name_taken(who);
  if (is_full_for(who))
    return refusal_of_node{"full", "the cluster has " + std::to_string(max_members) + " nodes already"};
  return std::nullopt;
}

bool cluster_state::is_full_for(const member& who) const {
  const auto is_other = [&](const member& each) { return each.uuid != who.uuid && each.name != who.name; };
  const auto linked =
      std::ranges::count_if(links_, [&](const auto& each) { return !each.ending && is_other(each.who); });
  const auto waiting = std::ranges::count_if(visitors_, [&](const auto& each) { return is_other(each.second.who); });
  return static_cast<std::size_t>(linked + waiting) + 2 > max_members;  // this node and `who`
}

void cluster_state::refuse(const member& who, node_door& door, refusal_of_node why) {
  home_->here.cluster_counters.refused_nodes.add();
  const bool is_usual = is_routine(why.code);
  if (is_usual || home_->refusals.wants_node())
    log(is_usual ? log_level::debug : log_level::warn, "node refused",
        {{"node", who.name}, {"address", who.address}, {"code", why.code}, {"reason", why.message}});
  door.refuse(std::move(why));
}

void cluster_state::let_visitors_in() {
  for (auto& [uuid, each] : std::exchange(visitors_, {}))
    knock(each.who, std::move(each.door));
}

link_actor cluster_state::make_link(const member& who, const dial_book::target* dialled) {
  std::shared_ptr<link_ledger> ledger;
  if (const auto known = nodes_.find(who.uuid); known != nodes_.end()) {
    ledger = known->second.ledger;
  } else {
    ledger = std::make_shared<link_ledger>();
    // Broadcasts that this node accepted before it knew the other one may have been followed there.
    if (std::ranges::any_of(home_->here.lanes, [](const auto& each) { return each->counters.broadcasts.get() > 0; }))
      ledger->untold.add_unknown();
  }
  auto link = spawn_link(*home_, {cluster_actor{self_}, who, dialled != nullptr, ledger});
  self_->monitor(link);
  links_.push_back({.who = who, .link = link, .ledger = std::move(ledger)});
  if (dialled != nullptr) {
    links_.back().address = dialled->address;
    links_.back().attempt = dialled->attempt;
  }
  return link;
}

}  // namespace ability
