#include "net/fly_gateway/alias_table.hpp"

#include <algorithm>
#include <utility>

namespace ability {

namespace {

template <class Condition>
const alias_table::subscription* first_of(const std::vector<alias_table::subscription>& all, Condition fits) {
  const auto found = std::ranges::find_if(all, fits);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

const alias_table::subscription* alias_table::find(std::uint16_t alias) const {
  return first_of(entries_, [&](const subscription& each) { return !each.left && each.alias == alias; });
}

const alias_table::subscription* alias_table::find(std::string_view identifier) const {
  return first_of(entries_, [&](const subscription& each) { return !each.left && each.identifier == identifier; });
}

const alias_table::subscription* alias_table::unanswered(std::uint32_t tag) const {
  return first_of(entries_, [&](const subscription& each) { return !each.answered && each.tag() == tag; });
}

const alias_table::subscription* alias_table::first_unanswered(std::string_view identifier) const {
  return first_of(entries_, [&](const subscription& each) { return !each.answered && each.identifier == identifier; });
}

std::optional<std::string> alias_table::add(std::uint16_t alias, std::uint8_t sequence, const std::string& identifier) {
  if (find(alias) != nullptr)
    return "the alias " + std::to_string(alias) + " is in use";
  if (const auto* other = find(identifier))
    return "already subscribed as alias " + std::to_string(other->alias);
  entries_.push_back({.alias = alias, .sequence = sequence, .identifier = identifier});
  return std::nullopt;
}

void alias_table::restore(std::uint32_t tag, std::string_view identifier) {
  entries_.push_back({.alias = fly::alias_of(tag),
                      .sequence = fly::sequence_of(tag),
                      .answered = true,
                      .identifier = std::string{identifier}});
}

void alias_table::confirm(const subscription& which) {
  if (which.left)
    remove(which);
  else
    entry(which).answered = true;
}

std::optional<std::string> alias_table::leave(std::uint16_t alias) {
  const auto* found = find(alias);
  if (found == nullptr)
    return std::nullopt;
  if (found->answered)
    return remove(*found).identifier;
  entry(*found).left = true;
  return found->identifier;
}

alias_table::subscription alias_table::remove(const subscription& which) {
  const auto at = entries_.begin() + (&which - entries_.data());
  auto removed = std::move(*at);
  entries_.erase(at);
  return removed;
}

}  // namespace ability
