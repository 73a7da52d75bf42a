/// The members of a stream that several nodes share.
/// Source: docs/reliable-streams.md "Presence".
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocol/presence/presence_request.hpp"

namespace ability {

/// A member as programs see it.
struct member_facts {
  std::string id;
  std::string info;          ///< JSON; empty: none
  std::size_t sessions = 0;  ///< that are or may again be present with this id
  std::size_t away = 0;      ///< those of them that have ended and may come back; of a shared stream at most 1
};

/// A statement of a node about one session, or about time.
struct member_order {
  enum class kind : std::uint8_t {
    join,    ///< the session is present; others are told of a new member
    keep,    ///< the same, as it was before: nobody is told
    gone,    ///< it has ended, and leaves after `ttl` unless its member comes back
    leave,   ///< it is present no more
    renew,   ///< it still is
    expire,  ///< sessions that are due leave
  };
  kind what;
  std::string sid = {};                             ///< holds neither `:` nor `|`; of `expire` empty
  std::shared_ptr<const presence_request> as = {};  ///< of `expire` null, else never
  std::chrono::milliseconds ttl{};                  ///< of `gone`
};

/// The outcome of an order.
enum class member_outcome : std::uint8_t {
  joined,    ///< the member is new
  updated,   ///< it was present already
  returned,  ///< it was present by a session that had ended
  full,      ///< there is no room for one more
  gone,
  left,    ///< the member is absent from now on
  still,   ///< the session has left, another one has its id
  absent,  ///< the session was not present
  renewed,
  unknown,  ///< the session is not known
  expired,
  failed,  ///< nothing was done
};

struct member_result {
  member_outcome what = member_outcome::failed;
  std::size_t left = 0;  ///< of `expired`: members that are absent from now on

  friend bool operator==(const member_result&, const member_result&) = default;
};

/// The outcome of some orders.
struct members_applied {
  std::size_t total = 0;                                   ///< members now
  std::optional<std::chrono::milliseconds> next_due = {};  ///< time until a session is due; none: there is none
  std::vector<member_result> results = {};                 ///< one for each order
};

/// The members of a stream, or some of them.
struct members_content {
  std::size_t total = 0;
  bool is_cut = false;                     ///< `members` are not all
  std::vector<member_facts> members = {};  ///< in the order of their ids
  std::size_t expired = 0;                 ///< members that were found to be due, and have left
};

/// A member has come or left, as nodes that follow the stream are told.
struct member_event {
  bool joined = false;
  std::string id = {};
  std::string info = {};  ///< of a member that has joined

  friend bool operator==(const member_event&, const member_event&) = default;
};

}  // namespace ability
