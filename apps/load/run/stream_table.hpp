/// All streams of a run, and how far each has come.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "apps/load/scenario/scenario.hpp"

namespace ability::load {

/// Numbers the streams of all sets, one set after the other, and holds what loss is told by: the number of each
/// stream's next message, what it was a while ago, and which messages were not accepted. All of it is in memory that
/// processes forked after the construction share. Any thread and any of the processes may call what is said to be
/// shared.
class stream_table {
public:
  /// `grace` is how long ago `next_before` is asked for. Throws `std::system_error` if there is no memory.
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

  /// The number of the stream's next message. What is handed in later has this or a higher one. Shared.
  std::uint64_t next(std::uint32_t stream) const noexcept {
    return streams_[stream].next.load(std::memory_order_acquire);
  }
  /// Takes the number for a message that is about to be handed in. Shared.
  std::uint64_t take(std::uint32_t stream, std::int64_t now_ns) noexcept {
    note_tick(streams_[stream], now_ns);
    return streams_[stream].next.fetch_add(1, std::memory_order_acq_rel);
  }
  /// A number below which all were taken before `at_ns`. For a time that is `grace` ago it is what the next one was
  /// then, or within as long before; for an earlier time it may be 0. Shared.
  std::uint64_t next_before(std::uint32_t stream, std::int64_t at_ns) const noexcept;

  /// Says that a message was not accepted, so that nobody need get it. Shared. If there are very many, scattered over
  /// the streams, some are forgotten.
  void refuse(std::uint32_t stream, std::uint64_t number) noexcept;
  bool forgot_refusals() const noexcept { return counts_->forgotten.load(std::memory_order_relaxed) > 0; }

  /// How many of the messages from `first` up to, not including, `end` were not accepted. A few ns if none of the
  /// stream was, else for each 64 messages. Shared.
  std::uint64_t refused_in(std::uint32_t stream, std::uint64_t first, std::uint64_t end) const noexcept;

private:
  struct set_entry {
    std::string pattern;
    std::size_t first;
    std::size_t count;
  };
  // Of each period in which numbers were taken: which, and the first that may have been taken in it. Six of them reach
  // back over `grace`, and make it one cache line.
  static constexpr std::size_t ticks_kept = 6;
  static constexpr int tick_bits = 27;    // they may begin anew
  static constexpr int number_bits = 36;  // the highest bit: there is one
  struct alignas(64) stream_state {
    std::atomic<std::uint64_t> next;
    std::atomic<std::uint64_t> refused;
    std::array<std::atomic<std::uint64_t>, ticks_kept> ticks;

    stream_state() = delete;  // lives in zeroed memory
  };
  // Of 64 messages of a stream with consecutive numbers, those that were not accepted.
  struct refusals {
    std::atomic<std::uint64_t> key;  // 0: of none yet
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

  /// How many of the messages from `first` up to, not including, `end` were not accepted.
  std::uint64_t operator()(std::uint64_t first, std::uint64_t end) const { return of.refused_in(stream, first, end); }
};

}  // namespace ability::load
