/// Message numbers of all streams of a run.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "apps/load/scenario/scenario.hpp"

namespace ability::load {

/// Numbers the streams of all sets consecutively, and holds the data to detect loss: the number of each stream's next
/// message, its value a while ago, and the refused messages. All of it is in memory shared by processes that are
/// forked after the construction. Functions marked "Shared" may be called by any thread of any of these processes.
class stream_table {
public:
  /// `grace`: the age for which `next_before` is exact. Throws `std::system_error` if there is no memory.
  explicit stream_table(const std::vector<stream_set>& sets, milliseconds grace = {});
  stream_table(const stream_table&) = delete;
  stream_table& operator=(const stream_table&) = delete;
  ~stream_table();

  std::size_t size() const noexcept { return size_; }
  std::size_t streams_of(std::size_t set) const noexcept { return sets_[set].count; }
  /// The index of the `n`th stream of a set.
  std::uint32_t index_of(std::size_t set, std::size_t n) const noexcept {
    return static_cast<std::uint32_t>(sets_[set].first + n);
  }
  std::string name_of(std::uint32_t stream) const;

  /// The number of the stream's next message. Later messages have this or a higher number. Shared.
  std::uint64_t next(std::uint32_t stream) const noexcept {
    return streams_[stream].next.load(std::memory_order_acquire);
  }
  /// Takes the number of a message that is about to be published. Shared.
  std::uint64_t take(std::uint32_t stream, std::int64_t now_ns) noexcept {
    note_tick(streams_[stream], now_ns);
    return streams_[stream].next.fetch_add(1, std::memory_order_acq_rel);
  }
  /// A number below which all numbers were taken before `at_ns`. For a time `grace` ago it is the next number of that
  /// time, or of at most as long before; for an earlier time it may be 0. Shared.
  std::uint64_t next_before(std::uint32_t stream, std::int64_t at_ns) const noexcept;

  /// Marks a message as refused: it need not arrive. Shared. If there are very many, scattered over the streams, some
  /// are forgotten.
  void refuse(std::uint32_t stream, std::uint64_t number) noexcept;
  bool forgot_refusals() const noexcept { return counts_->forgotten.load(std::memory_order_relaxed) > 0; }

  /// Number of refused messages from `first` up to, not including, `end`. Takes a few ns if the stream has none, else
  /// the same per 64 messages. Shared.
  std::uint64_t refused_in(std::uint32_t stream, std::uint64_t first, std::uint64_t end) const noexcept;

private:
  struct set_entry {
    std::string pattern;
    std::size_t first;
    std::size_t count;
  };
  // For each period with messages: its tick, and the first number that may have been taken in it. Six of them cover
  // `grace`, and make the state one cache line.
  static constexpr std::size_t ticks_kept = 6;
  static constexpr int tick_bits = 27;    // they wrap around
  static constexpr int number_bits = 36;  // the highest bit marks a valid entry
  struct alignas(64) stream_state {
    std::atomic<std::uint64_t> next;
    std::atomic<std::uint64_t> refused;
    std::array<std::atomic<std::uint64_t>, ticks_kept> ticks;

    stream_state() = delete;  // lives in zeroed memory
  };
  // The refused messages among 64 consecutive ones of a stream.
  struct refusals {
    std::atomic<std::uint64_t> key;  // 0: unused
    std::atomic<std::uint64_t> which;

    refusals() = delete;  // lives in zeroed memory
  };
  static constexpr std::size_t max_refusals = std::size_t{1} << 22;  // a power of two
  struct shared_counts {
    std::atomic<std::uint64_t> forgotten;
  };

  refusals* refusals_of(std::uint32_t stream, std::uint64_t block, bool make) const noexcept;
  void note_tick(stream_state& stream, std::int64_t now_ns) noexcept;
  static std::int32_t ticks_from(std::int64_t earlier, std::uint64_t entry) noexcept;

  std::vector<set_entry> sets_;
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;
  shared_counts* counts_ = nullptr;
  std::int64_t tick_ns_ = 0;
  stream_state* streams_ = nullptr;
  refusals* refusals_ = nullptr;
};

/// The refusals of one stream.
struct stream_refusals {
  const stream_table& of;
  std::uint32_t stream;

  /// Number of refused messages from `first` up to, not including, `end`.
  std::uint64_t operator()(std::uint64_t first, std::uint64_t end) const { return of.refused_in(stream, first, end); }
};

}  // namespace ability::load
