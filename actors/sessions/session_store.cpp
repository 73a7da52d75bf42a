#include "actors/sessions/session_store.hpp"

#include <utility>

namespace ability {

void session_store::put(session_ptr record) {
  const auto bytes = memory_of(*record);
  const auto& kept = *record;
  const auto place = by_age_.emplace(kept.ended, entry{std::move(record), bytes});
  by_sid_.emplace(kept.sid, place);
  by_identity_.emplace(kept.identity, kept.sid);
  bytes_ += bytes;
}

session_ptr session_store::find(std::string_view sid) const {
  const auto found = by_sid_.find(sid);
  return found == by_sid_.end() ? nullptr : found->second->second.record;
}

session_ptr session_store::take(std::string_view sid) {
  const auto found = by_sid_.find(sid);
  return found == by_sid_.end() ? nullptr : remove(found->second);
}

session_ptr session_store::take_oldest() { return remove(by_age_.begin()); }

std::vector<session_ptr> session_store::take_all_of(std::string_view identity) {
  std::vector<session_ptr> all;
  for (auto found = by_identity_.lower_bound({identity, {}}); found != by_identity_.end() && found->first == identity;
       found = by_identity_.lower_bound({identity, {}}))
    all.push_back(take(found->second));
  return all;
}

session_ptr session_store::remove(ages::iterator which) {
  const auto record = std::move(which->second.record);
  bytes_ -= which->second.bytes;
  by_sid_.erase(record->sid);
  by_identity_.erase({record->identity, record->sid});
  by_age_.erase(which);
  return record;
}

}  // namespace ability
