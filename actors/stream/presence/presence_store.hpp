/// The members of streams that nodes share, such as in Redis.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "actors/interfaces.hpp"
#include "config/settings/presence_settings.hpp"
#include "protocol/presence/shared_members.hpp"
#include "protocol/redis/redis_failure.hpp"

namespace ability {

/// The access of one lane to shared members; `net/` implements it, tests fake it. All functions are called on the
/// lane. An answer is a message to `who`, in a bounded time, also if the store refuses. Events, of all nodes, come as
/// `member_news` to streams that follow their log's channel.
class presence_store {
public:
  virtual ~presence_store() = default;

  /// The reason for which orders and questions fail at present.
  virtual std::optional<redis_failure> refuses() const = 0;

  /// The time from which sessions that are due may leave: when the store has been away, others have yet to renew
  /// theirs.
  virtual std::chrono::steady_clock::time_point trusted_from() const = 0;

  /// Carries out `orders`, in order. Answered by `members_answered`. REQUIRES that the earlier ones of the stream are
  /// answered.
  virtual void apply(const std::string& stream, std::vector<member_order> orders, stream_actor who) = 0;

  /// Lists the members, after those have left that are due: about as many as come to `max_bytes`. 0: tells their number
  /// alone. Answered by `members_listed`.
  virtual void list(const std::string& stream, std::size_t max_bytes, stream_actor who) = 0;
};

/// Interval at which a node renews the sessions that it has.
inline constexpr std::chrono::milliseconds presence_renewal{15'000};

/// Time for which a session is present without being renewed, as when its node was killed.
constexpr std::chrono::milliseconds lease_of(const presence_settings& how) noexcept {
  return how.ttl + presence_renewal * 7 / 3;
}

}  // namespace ability
