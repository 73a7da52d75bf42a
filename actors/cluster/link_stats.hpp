/// Link statistics: numbers and unreported losses of a link, or of all links to one node.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace ability {

/// Publications lost on their way to a node that has not been told yet; by stream, within a memory bound.
class lost_publications {
public:
  static constexpr std::size_t max_streams = 10'000;
  static constexpr std::size_t max_bytes = std::size_t{1} << 20;  ///< total size of stream names

  /// An empty stream: the stream is not known.
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

  /// Records that publications to unknown streams may have been lost.
  void add_unknown() noexcept { any_unknown_ = true; }

  /// Adds all of `other`.
  void merge(lost_publications other) {
    other.take([this](std::string_view stream, std::uint64_t count) {
      add(stream, count);
      any_unknown_ = any_unknown_ || stream.empty();
    });
  }

  bool empty() const noexcept { return by_stream_.empty() && unknown_ == 0 && !any_unknown_; }

  /// Calls `tell(stream, count)` for each stream, then with an empty stream for unknown ones, and forgets all.
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

/// Values: a link counts its own, and sends them to the cluster in a `link_report`, which keeps those of each node.
struct link_stats {
  /// Numbers of the present link.
  struct numbers {
    std::uint64_t streams_followed = 0;  ///< by the other node
    std::uint64_t publications_sent = 0;
    std::uint64_t publications_received = 0;
    std::uint64_t bytes_sent = 0;
    std::uint64_t bytes_received = 0;
    std::uint64_t bytes_waiting = 0;          ///< queued for the window
    std::chrono::microseconds round_trip{0};  ///< time from the last acknowledged packet to its acknowledgement

    bool operator==(const numbers&) const = default;
  };

  numbers present;
  std::uint64_t lost = 0;        ///< publications
  lost_publications unreported;  ///< the part of `lost` that the other node has not been told
};

}  // namespace ability
