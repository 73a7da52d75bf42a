/// All streams of a run, and how far each has come.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "tests/load/harness/scenario/scenario.hpp"

namespace ability::load {

/// Numbers the streams of all sets, one set after the other, and holds what loss is told by: the number of each
/// stream's next message, and which messages were not accepted. Both are in memory that processes forked after the
/// construction share. Any thread and any of the processes may call what is said to be shared.
class stream_table {
public:
  /// Throws `std::system_error` if there is no memory.
  explicit stream_table(const std::vector<stream_set>& sets);
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
  std::uint64_t next(std::uint32_t stream) const noexcept { return next_[stream].load(std::memory_order_acquire); }
  /// Takes the number for a message that is about to be handed in. Shared.
  std::uint64_t take(std::uint32_t stream) noexcept { return next_[stream].fetch_add(1, std::memory_order_acq_rel); }

  /// Says that a message was not accepted, so that nobody need get it. Shared. Beyond `max_refusals` it is forgotten.
  void refuse(std::uint32_t stream, std::uint64_t number) noexcept;
  static constexpr std::uint64_t max_refusals = std::uint64_t{1} << 22;
  bool forgot_refusals() const noexcept;

  /// How many of the messages from `first` up to, not including, `end` were not accepted. Shared. Slow until
  /// `sort_refusals`.
  std::uint64_t refused_in(std::uint32_t stream, std::uint64_t first, std::uint64_t end) const;
  /// Makes `refused_in` fast in this process, and blind to later refusals. Called once; others may ask meanwhile.
  void sort_refusals();

private:
  struct set_entry {
    std::string pattern;
    std::size_t first;
    std::size_t count;
  };
  struct refusal {
    std::uint64_t number;
    std::atomic<std::uint32_t> stream;  // plus 1; 0: not yet written

    refusal() = delete;  // lives in zeroed memory
  };
  struct refused_number {
    std::uint32_t stream;
    std::uint64_t number;
    bool operator<(const refused_number& other) const noexcept {
      return std::tie(stream, number) < std::tie(other.stream, other.number);
    }
  };
  struct shared_counts {
    std::atomic<std::uint64_t> refusals;
  };

  std::uint64_t known_refusals() const noexcept;

  std::vector<set_entry> sets_;
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;
  shared_counts* counts_ = nullptr;
  std::atomic<std::uint64_t>* next_ = nullptr;
  refusal* refusals_ = nullptr;
  std::vector<refused_number> sorted_;
  std::atomic<bool> is_sorted_ = false;
};

/// The refusals of one stream.
struct stream_refusals {
  const stream_table& of;
  std::uint32_t stream;

  /// How many of the messages from `first` up to, not including, `end` were not accepted.
  std::uint64_t operator()(std::uint64_t first, std::uint64_t end) const { return of.refused_in(stream, first, end); }
};

}  // namespace ability::load
