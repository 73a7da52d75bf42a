/// What is known of the way to one other node, over all links to it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace ability {

/// Publications that were lost on their way to a node, which has not been told. By stream, as far as memory allows.
class lost_publications {
public:
  static constexpr std::size_t max_streams = 10'000;
  static constexpr std::size_t max_bytes = std::size_t{1} << 20;  ///< of their names

  /// An empty stream: it is not known which.
  void add(std::string_view stream, std::uint64_t count) {
    if (const auto known = by_stream_.find(stream); known != by_stream_.end()) {
      known->second += count;
    } else if (!stream.empty() && by_stream_.size() < max_streams && bytes_ + stream.size() <= max_bytes) {
      by_stream_.emplace(stream, count);
      bytes_ += stream.size();
    } else {
      unknown_ += count;
    }
  }

  /// There may be some, of streams that are not known.
  void add_unknown() noexcept { any_unknown_ = true; }

  bool empty() const noexcept { return by_stream_.empty() && unknown_ == 0 && !any_unknown_; }

  /// Calls `tell(stream, count)` for each stream, then for those that are not known, and forgets them.
  template <class F>
  void take(F tell) {
    bytes_ = 0;
    for (const auto& [stream, count] : std::exchange(by_stream_, {}))
      tell(std::string_view{stream}, count);
    if (std::exchange(any_unknown_, false) || unknown_ > 0)
      tell(std::string_view{}, std::exchange(unknown_, 0));
  }

private:
  std::map<std::string, std::uint64_t, std::less<>> by_stream_;
  std::size_t bytes_ = 0;
  std::uint64_t unknown_ = 0;
  bool any_unknown_ = false;
};

/// Plain numbers: the cluster, which keeps the ledger, and the links that write it run on one lane.
struct link_ledger {
  /// Of the present link.
  struct numbers {
    std::uint64_t streams_followed = 0;  ///< there
    std::uint64_t publications_sent = 0;
    std::uint64_t publications_received = 0;
    std::uint64_t bytes_sent = 0;
    std::uint64_t bytes_received = 0;
    std::uint64_t bytes_waiting = 0;  ///< for the window
    std::chrono::microseconds round_trip{0};
  };

  numbers present;
  std::uint64_t lost = 0;    ///< publications, on all links
  lost_publications untold;  ///< of these; whichever link is up tells
};

}  // namespace ability
