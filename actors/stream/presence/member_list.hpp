/// The members of one stream, and the sessions that they are present by.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "protocol/presence/shared_members.hpp"

namespace ability {

/// A member is an id that clients choose. It is present as long as one session is that joined with this id, or that
/// has ended a short time ago and may come back. Takes the time as an argument.
class member_list {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Sessions for each member that may be present at a time, ended ones included.
  static constexpr std::size_t sessions_per_member = 4;

  enum class outcome : std::uint8_t {
    joined,      ///< the member is new
    updated,     ///< it was present already
    returned,    ///< it was present by sessions that had ended, which are forgotten now
    another_id,  ///< the session is present with another id
    full,        ///< there is no room for one more
  };

  /// The session becomes a member, or renews what is told of it. `info` is JSON; empty: none. `most`: members.
  outcome join(const std::string& sid, const std::string& id, std::string_view info, std::size_t most);

  /// The session is present no more. Returns the id that is absent from now on; empty: another session has it.
  /// None: the session was not present.
  std::optional<std::string> leave(const std::string& sid);

  /// The session has ended, and leaves at the time `due` unless its member comes back. False: it was not present.
  bool end(const std::string& sid, time_point due);

  /// Forgets sessions that were due until `now`; returns ids that are absent from now on, in order.
  std::vector<std::string> expire(time_point now);

  /// The time at which the next session is due; none: no session has ended.
  std::optional<time_point> next_due() const;

  std::size_t size() const noexcept { return members_.size(); }
  std::size_t sessions() const noexcept { return sessions_.size(); }
  bool contains(std::string_view id) const { return members_.contains(id); }

  /// The members as JSON in the order of their ids, or only their number. Shared until a member changes.
  std::shared_ptr<const std::string> listing(bool with_records);

  /// The first members in the order of their ids: at most `limit`, and about `max_bytes` of ids and infos or one
  /// member.
  std::vector<member_facts> first(std::size_t limit, std::size_t max_bytes) const;

  /// About the size in bytes of the listing with records.
  std::size_t listing_bytes() const noexcept { return bytes_; }

private:
  struct member {
    std::string info;
    std::size_t sessions = 0;     // all, ended ones included
    std::set<std::string> ended;  // sids
  };
  using member_map = std::map<std::string, member, std::less<>>;
  using due_map = std::multimap<time_point, std::string>;
  struct session {
    member_map::iterator of;
    std::optional<due_map::iterator> due;  // none: the session lives
  };
  using session_map = std::unordered_map<std::string, session>;

  void come_alive(session_map::iterator which);
  std::string forget(session_map::iterator which);

  member_map members_;
  session_map sessions_;
  due_map due_;  // sids
  std::size_t bytes_ = 0;
  std::shared_ptr<const std::string> listing_;  // null: to be made
};

}  // namespace ability
