/// The history of one stream: its log, its age, and the answers to requests.
/// Source: docs/reliable-streams.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/node/node.hpp"
#include "actors/stream/history/encoded_replay.hpp"
#include "actors/stream/history/messages.hpp"
#include "actors/stream/history/stream_log.hpp"
#include "protocol/history/shared_log.hpp"

namespace ability {

/// Numbers the publications of a stream and answers requests for those that a client missed. Used by the stream actor.
///
/// With the broker `auto` the log is active while followers with positions are there, and as long after as a
/// publication is kept. A publication to an inactive log ends its epoch, as it gets no number.
class stream_history {
public:
  /// `from`: where the log begins. `bounds`: of its name.
  stream_history(lane_home& home, std::shared_ptr<const std::string> stream, const history_bounds& bounds,
                 const stream_log::summary& from);
  stream_history(const stream_history&) = delete;
  stream_history& operator=(const stream_history&) = delete;
  ~stream_history();

  // -- publications

  /// Logs the publication; returns its offset, or 0: it gets none.
  std::uint64_t number(const broadcast& message);

  /// Drops publications that are too old.
  void trim();

  /// Logs a publication with the number that a shared log gave it, the one behind `at()`.
  void take(const broadcast& message, std::int64_t time);

  /// Begins anew, as a copy of a shared log.
  void restart(const stream_log::summary& from, std::vector<log_ancestor> ancestors);

  /// Drops all publications; the position stays.
  void drop();

  // -- followers with positions

  void joined();
  void left();

  // -- answers

  struct follower {
    const wire_format* format;
    const std::string& key;
    bool is_held;         ///< live data waits for the answer
    std::uint64_t began;  ///< offset behind which all was sent to it
    replay_room* room;    ///< null: `max_replay` alone counts
  };

  /// Answers a request; `to.began` goes back to the offset behind which the answer begins.
  std::shared_ptr<const history_answer> answer(const history_request& asked, follower& to);

  /// Answers a program.
  history_page list(const list_history& question);

  /// The offset in this epoch behind which a follower was sent all that began at `began`; 0 if that is of another log.
  std::uint64_t carried_over(const stream_position& began) const noexcept;

  /// Returns what the answer to a request would be.
  history_outcome foretell(const history_request& asked, std::uint64_t began) const {
    return find_start(asked, began).outcome;
  }

  // -- facts

  stream_position at() const noexcept { return log_.at(); }
  const stream_log& log() const noexcept { return log_; }

  /// Describes the log, with at most `limit` of its last publications.
  history_facts describe(std::size_t limit) const;

  /// Bytes that the log takes, with its stream if that has no other reason to live.
  std::size_t bytes() const noexcept;

  /// True if the stream may not end, for its log.
  bool is_needed() const;

  /// Time until `trim` has work, or `is_needed` ends.
  std::chrono::milliseconds until_due() const;

private:
  struct start {
    history_outcome outcome;
    std::uint64_t offset = 0;  // behind which the answer begins
  };

  std::int64_t wall_time() const;
  std::int64_t active_until() const noexcept { return left_at_ + bounds_.ttl.count(); }
  bool is_active() const;
  void skip();
  start start_behind(const stream_position& at) const;
  start find_start(const history_request& asked, std::uint64_t began) const;
  bool is_of_ancestor(const stream_position& at) const;
  history_outcome replay(const follower& to, std::uint64_t from, history_answer& into);
  std::size_t expected_size(std::uint64_t from, std::size_t key_size) const;
  std::shared_ptr<const encoded_replay> encode(encoded_replay::range of) const;
  void count_bytes();

  lane_home& home_;
  std::shared_ptr<const std::string> stream_;
  history_bounds bounds_;
  stream_log log_;
  std::vector<log_ancestor> ancestors_;
  std::size_t counted_bytes_ = 0;                                        // in the lane's counter
  std::size_t followers_ = 0;                                            // with positions
  std::int64_t left_at_ = std::numeric_limits<std::int64_t>::min() / 2;  // time at which the last of them left
  std::weak_ptr<const encoded_replay> last_replay_;                      // the lane keeps it for a while
  bool is_fresh_ = false;                                                // no client can have a position of this epoch
};

/// The answer of a stream that keeps no log.
std::shared_ptr<const history_answer> answer_without_log(lane_home& home, std::string_view stream,
                                                         const history_request& asked);

/// Bytes that all logs of one lane may take together.
std::size_t log_space(const lane_home& home);

}  // namespace ability
