#include "actors/cluster/admission.hpp"

#include <algorithm>
#include <utility>

namespace ability {

namespace {

refusal_of_node name_taken(const member& who) {
  return {"name_taken", "another node is called " + who.name + "; give each node its own --node-name"};
}

}  // namespace

admission::decision admission::judge(const member& who, time_point now) const {
  const auto& self = members_.self();
  if (who.uuid == self.uuid)
    return {refused_as_self()};
  if (auto why = refusal_of(who))
    return {std::move(why)};
  decision found;
  for (auto& each : members_.links()) {
    const bool same_node = each.who.uuid == who.uuid;
    if (!same_node && each.who.name != who.name)
      continue;
    if (each.up || each.announced)
      found.at_once = false;  // CAF must forget the old connection before it sees the new one
    if (each.ending)
      continue;
    if (same_node) {
      const bool we_are_smaller = self.uuid < who.uuid;
      const bool by_the_smaller = each.dialled_by_us() == we_are_smaller;
      const bool at_once = each.up ? now - each.since < young : each.dialled_by_us();
      if (at_once && by_the_smaller)
        return {refused_as_duplicate()};
    }
    found.outdated.push_back(&each);
  }
  return found;
}

std::optional<refusal_of_node> admission::refusal_of(const member& who) const {
  if (who.name == members_.self().name)
    return name_taken(who);
  for (const auto& each : members_.links())
    if (!each.ending && each.who.name == who.name && each.who.uuid != who.uuid && each.who.started >= who.started)
      return name_taken(who);
  for (const auto& [uuid, each] : waiting_)
    if (each.who.name == who.name && uuid != who.uuid && each.who.started >= who.started)
      return name_taken(who);
  if (is_full_for(who))
    return refusal_of_node{"full", "the cluster has " + std::to_string(max_members) + " nodes already"};
  return std::nullopt;
}

bool admission::is_full_for(const member& who) const {
  const auto is_other = [&](const member& each) { return each.uuid != who.uuid && each.name != who.name; };
  const auto linked =
      std::ranges::count_if(members_.links(), [&](const auto& each) { return !each.ending && is_other(each.who); });
  const auto waiting = std::ranges::count_if(waiting_, [&](const auto& each) { return is_other(each.second.who); });
  return static_cast<std::size_t>(linked + waiting) + 2 > max_members;  // this node and `who`
}

std::optional<admission::waiting_node> admission::wait(const member& who, std::shared_ptr<pending_join> door) {
  auto& place = waiting_[who.uuid];
  auto earlier = std::exchange(place, {who, std::move(door)});
  return earlier.door == nullptr ? std::nullopt : std::optional{std::move(earlier)};
}

std::vector<admission::waiting_node> admission::take_waiting() {
  std::vector<waiting_node> all;
  for (auto& [uuid, each] : std::exchange(waiting_, {}))
    all.push_back(std::move(each));
  return all;
}

bool admission::is_linked(const std::string& uuid) const {
  return !uuid.empty() && (waiting_.contains(uuid) || members_.has_link(uuid));
}

}  // namespace ability
