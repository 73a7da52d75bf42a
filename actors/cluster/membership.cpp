#include "actors/cluster/membership.hpp"

#include <algorithm>
#include <utility>

namespace ability {

// -- links ---

membership::arrival membership::come_up(link_entry& which, time_point now) {
  arrival result;
  result.stays = resolve_names(which, result.outdated);
  if (!result.stays)
    return result;
  which.up = true;
  which.since = now;
  was_linked_ = true;
  const auto [place, is_new] = nodes_.try_emplace(which.who.uuid);
  auto& node = place->second;
  result.is_new = is_new;
  result.was_lost = !is_new && node.state == node_state::lost;
  node.stats.present = {};
  node = {which.who, node_state::up, now, which.dialled_by_us(), which.id, std::move(node.stats)};
  return result;
}

// True if `latest` stays: among processes with one name the latest started one replaces the others.
bool membership::resolve_names(const link_entry& latest, std::vector<link_entry*>& outdated) {
  for (auto& each : links_) {
    if (&each == &latest || each.ending || each.who.name != latest.who.name)
      continue;
    if (each.who.started > latest.who.started)
      return false;
    outdated.push_back(&each);
  }
  std::erase_if(nodes_, [&](const auto& each) {
    return each.second.state == node_state::lost && each.second.who.name == latest.who.name &&
           each.first != latest.who.uuid;
  });
  return true;
}

link_entry membership::remove(const link_entry& which, bool in_order, time_point now) {
  const auto found = links_.begin() + (&which - links_.data());
  auto gone = std::move(*found);
  links_.erase(found);
  if (!gone.up)
    return gone;
  const bool replaced = std::ranges::any_of(links_, [&](const auto& each) {
    return each.up && each.who.name == gone.who.name && each.who.uuid != gone.who.uuid;
  });
  if (in_order || replaced) {
    nodes_.erase(gone.who.uuid);
    left_[gone.who.uuid] = now;
  } else if (const auto node = nodes_.find(gone.who.uuid); node != nodes_.end()) {
    node->second.state = node_state::lost;
    node->second.since = now;
  }
  return gone;
}

bool membership::has_link(const std::string& uuid) const {
  return std::ranges::any_of(links_, [&](const auto& each) { return each.who.uuid == uuid; });
}

bool membership::is_up(const std::string& uuid, const std::string& address) const {
  return std::ranges::any_of(
      links_, [&](const auto& each) { return each.up && (each.who.uuid == uuid || each.address == address); });
}

std::size_t membership::count_up() const {
  return static_cast<std::size_t>(std::ranges::count(links_, true, &link_entry::up));
}

// -- nodes ---

std::vector<member> membership::members() const {
  std::vector<member> all{self_};
  for (const auto& [uuid, each] : nodes_)
    if (each.state == node_state::up)
      all.push_back(each.who);
  return all;
}

std::size_t membership::count_lost() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(nodes_, [](const auto& each) { return each.second.state == node_state::lost; }));
}

bool membership::may_dial(const std::string& uuid, time_point now) const {
  if (left_.contains(uuid))
    return false;
  const auto known = nodes_.find(uuid);
  return known == nodes_.end() || now - known->second.since >= trust_dialler;
}

// -- statistics ---

void membership::count(const link_report& news) {
  const auto known = nodes_.find(news.uuid);
  if (known == nodes_.end())
    return;
  auto& node = known->second;
  if (node.link == news.link)
    node.stats.present = news.present;
  node.stats.lost += news.lost;
  node.stats.unreported.merge(news.unreported);
}

void membership::add_unknown_loss(const std::string& uuid) {
  if (const auto known = nodes_.find(uuid); known != nodes_.end())
    known->second.stats.unreported.add_unknown();
}

lost_publications membership::take_losses(const std::string& uuid) {
  const auto known = nodes_.find(uuid);
  return known == nodes_.end() ? lost_publications{} : std::exchange(known->second.stats.unreported, {});
}

// -- time ---

void membership::tick(time_point now) {
  std::erase_if(left_, [now](const auto& each) { return now - each.second > keep_left; });
  forget_lost(now);
}

void membership::forget_lost(time_point now) {
  std::vector<std::map<std::string, node_entry>::iterator> lost;
  for (auto it = nodes_.begin(); it != nodes_.end(); ++it)
    if (it->second.state == node_state::lost)
      lost.push_back(it);
  std::ranges::sort(lost, std::greater{}, [](const auto& each) { return each->second.since; });
  for (std::size_t i = 0; i < lost.size(); ++i) {
    if (i >= max_lost_with_names)
      lost[i]->second.stats.unreported = {};
    if (i >= max_lost || now - lost[i]->second.since > keep_lost)
      nodes_.erase(lost[i]);
  }
}

node_list membership::list() const {
  node_list all;
  all.nodes.push_back({.who = self_, .state = node_state::self, .since = since_});
  for (const auto& [uuid, each] : nodes_)
    all.nodes.push_back({.who = each.who,
                         .state = each.state,
                         .since = each.since,
                         .dialled_by_us = each.dialled_by_us,
                         .link = each.stats.present,
                         .lost = each.stats.lost});
  return all;
}

}  // namespace ability
