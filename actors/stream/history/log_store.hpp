/// The logs of streams that nodes share, such as in Redis.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "actors/broadcast/accepted_broadcast.hpp"
#include "actors/broadcast/publication_receipt.hpp"
#include "actors/interfaces.hpp"
#include "actors/stream/history/messages.hpp"
#include "config/settings/history_settings.hpp"
#include "protocol/history/shared_log.hpp"
#include "protocol/redis/redis_failure.hpp"

namespace ability {

/// The access of one lane to shared logs; `net/` implements it, tests fake it. All functions are called on the lane,
/// and answers are messages.
class log_store {
public:
  virtual ~log_store() = default;

  /// The reason for which publications are refused at present: the store is away, or too many are on their way to it.
  virtual std::optional<redis_failure> refuses() const = 0;

  /// Adds a publication to the log of its stream. The directory of the lane gets `append_answered`, in a bounded time.
  /// REQUIRES that it is not refused, as a whole request may be added then.
  virtual void append(broadcast_ptr message, const history_bounds& bounds,
                      std::shared_ptr<publication_receipt> receipt) = 0;

  /// Has `who` told what is added to the log of its stream. It gets `log_followed` once that holds, and again after
  /// each time at which it did not hold; and `log_news_came` for each publication.
  virtual void follow(const std::shared_ptr<const std::string>& stream, const history_bounds& bounds,
                      stream_actor who) = 0;

  /// Ends that. No effect for another actor of that stream.
  virtual void leave(const std::string& stream, const stream_actor& who) = 0;

  /// Reads the position of a followed stream and publications behind an offset: all, or as many as come to some size.
  /// The stream gets `log_read`, in a bounded time.
  virtual void read(const std::string& stream, std::uint64_t behind) = 0;

  using listed = std::function<void(redis_result<std::optional<log_content>>)>;

  /// Reads a part of the log of any stream for a program: about a megabyte at most. Calls `then` once, in a bounded
  /// time or at once; with none if there is no log. Does not begin one.
  virtual void list(const list_history& question, const history_bounds& bounds, listed then) = 0;
};

}  // namespace ability
