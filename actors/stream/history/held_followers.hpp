/// The followers of a stream that wait for their history, and the live data that is kept for them.
#pragma once

#include <boost/container/deque.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "actors/interfaces.hpp"
#include "actors/stream/history/numbered_broadcast.hpp"
#include "protocol/client/wire_format.hpp"

namespace ability {

/// A connection sends what its client missed before live data: so the stream keeps live data until the connection
/// releases the follower. The time is that of some actor messages, and the kept broadcasts stay pending at the ingress
/// gate, which bounds them.
class held_followers {
public:
  struct follower {
    const wire_format* format;
    std::string key;
    connection_actor subscriber;
    std::size_t slot;        ///< that waits for it in its group
    std::uint64_t next = 0;  ///< number of the first kept broadcast that it was not sent
  };

  /// Number of no hold.
  static constexpr std::uint64_t none = 0;

  bool empty() const noexcept { return held_.empty(); }

  /// In the order of their holds; each has a number, never 0.
  auto begin() noexcept { return held_.begin(); }
  auto end() noexcept { return held_.end(); }

  /// Holds a follower, from the next broadcast on. Returns the number of the hold.
  std::uint64_t hold(follower one);

  /// Returns null if there is none.
  follower* find(std::uint64_t hold);

  /// The number of the hold of a follower, or `none`.
  std::uint64_t find(const wire_format* format, const std::string& key, const connection_actor& subscriber) const;

  /// Marks a hold as one that may end.
  void release(std::uint64_t hold) { released_.insert(hold); }

  /// Takes that back, as the follower has asked for more.
  void hold_again(std::uint64_t hold) { released_.erase(hold); }

  /// The number of the next released hold behind `last`, in their order, or `none`.
  std::uint64_t next_released(std::uint64_t last) const;

  /// Ends a hold.
  void erase(std::uint64_t hold);

  /// True until released followers have taken what they were sent last.
  bool has_pace() const noexcept { return !pace_.expired(); }
  void set_pace(const std::shared_ptr<void>& pace) noexcept { pace_ = pace; }

  /// Keeps a broadcast for those that are held.
  void keep(const numbered_broadcast& live) {
    if (!held_.empty())
      kept_.push_back(live);
  }

  /// Takes the broadcasts that `by` was not sent.
  std::vector<numbered_broadcast> take(follower& by) const;

private:
  // Erased holds after which kept broadcasts are looked through.
  static constexpr unsigned trim_interval = 64;

  void trim();

  std::map<std::uint64_t, follower> held_;
  std::set<std::uint64_t> released_;  // those of `held_` that may end
  boost::container::deque<numbered_broadcast> kept_;
  std::uint64_t kept_from_ = 0;  // number of the first one in `kept_`
  std::uint64_t last_hold_ = 0;
  unsigned erased_ = 0;
  std::weak_ptr<void> pace_;
};

}  // namespace ability
