/// Records of sessions by sid, by identity and by age.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/sessions/session_record.hpp"

namespace ability {

/// Holds records in the order in which their connections ended.
class session_store {
public:
  using time_point = session_record::time_point;

  /// Adds a record, whose sid is not here.
  void put(session_ptr record);

  /// The record with this sid; null: none.
  session_ptr find(std::string_view sid) const;

  /// Removes the record with this sid; null: none.
  session_ptr take(std::string_view sid);

  /// Removes the oldest record. There is one.
  session_ptr take_oldest();

  /// Removes all records of an identity.
  std::vector<session_ptr> take_all_of(std::string_view identity);

  bool empty() const noexcept { return by_age_.empty(); }
  std::size_t size() const noexcept { return by_age_.size(); }

  /// Approximate memory of all records.
  std::size_t bytes() const noexcept { return bytes_; }

  /// End of the oldest record's connection. There is one.
  time_point oldest() const { return by_age_.begin()->first; }

  /// The same of the newest record.
  time_point newest() const { return by_age_.rbegin()->first; }

private:
  struct entry {
    session_ptr record;
    std::size_t bytes;
  };
  using ages = std::multimap<time_point, entry>;

  session_ptr remove(ages::iterator which);

  ages by_age_;
  // Keys are texts of the records.
  std::unordered_map<std::string_view, ages::iterator> by_sid_;
  std::set<std::pair<std::string_view, std::string_view>> by_identity_;  // with the sid: many may have one identity
  std::size_t bytes_ = 0;
};

}  // namespace ability
