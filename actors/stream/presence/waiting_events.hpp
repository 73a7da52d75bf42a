/// The events of a stream's presence that wait to be sent.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ability {

/// Gathers events for the next fan-out. Each event goes to all followers, and each fan-out costs a system call for each
/// of them: a crowd of 5,000 that joins one by one would cost 12 million calls. So a stream with many followers pauses
/// behind each fan-out, in proportion to their number. An event behind a pause does not wait.
class waiting_events {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = time_point::duration;
  using events = std::vector<std::string>;

  /// Bytes of events that wait no longer, whatever is left of the pause. Larger fan-outs do not fit the processor's
  /// caches and the sockets' buffers: 128 KiB cost more than twice as much (`ability_bench history --only u`).
  static constexpr std::size_t max_bytes = std::size_t{24} << 10;

  static constexpr std::size_t few_followers = 50;
  static constexpr std::chrono::microseconds pause_for_each{40};
  static constexpr std::chrono::milliseconds longest_pause{200};

  /// The pause behind a fan-out to `followers`: none if they are few. A follower costs a few microseconds of its lane,
  /// so that events take a small part of the lane's time at most.
  static constexpr duration pause_of(std::size_t followers) {
    return followers < few_followers ? duration{} : std::min<duration>(followers * pause_for_each, longest_pause);
  }

  void add(events more) {
    for (auto& event : more) {
      bytes_ += event.size();
      waiting_.push_back(std::move(event));
    }
  }

  bool empty() const noexcept { return waiting_.empty(); }

  /// True: the events may be sent now.
  bool are_due(time_point now) const noexcept { return now >= pause_ends_ || bytes_ >= max_bytes; }

  /// The delay after which the stream is to look again; none: an earlier delay has not passed yet.
  std::optional<duration> start_timer(time_point now) {
    if (std::exchange(has_timer_, true))
      return {};
    return pause_ends_ - now;
  }

  /// Takes all events for a fan-out to `followers`, and begins the pause behind it.
  events take(time_point now, std::size_t followers) {
    pause_ends_ = now + pause_of(followers);
    has_timer_ = false;
    bytes_ = 0;
    return std::exchange(waiting_, {});
  }

private:
  events waiting_;
  std::size_t bytes_ = 0;
  time_point pause_ends_;
  bool has_timer_ = false;
};

}  // namespace ability
