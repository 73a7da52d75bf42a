/// A histogram of times with a high dynamic range: an error of at most 0.8 %, and at most 34 KB, 1 KB for each power
/// of two between the lowest and the highest value. Debian 12 has no such library for C++.
/// Source: hdrhistogram.org; the same layout, 7 bits below the leading one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ability::load {

/// Counts values from 0 to about 18 minutes, here in nanoseconds; larger values count as the largest. Allocates at
/// the first value.
class histogram {
public:
  void record(std::int64_t value, std::uint64_t times = 1);
  void merge(const histogram& other);
  void clear();

  std::uint64_t count() const noexcept { return count_; }
  std::int64_t min() const noexcept { return count_ == 0 ? 0 : min_; }
  std::int64_t max() const noexcept { return max_; }
  double sum() const noexcept { return sum_; }
  double mean() const noexcept { return count_ == 0 ? 0 : sum_ / static_cast<double>(count_); }

  /// The quantile of `part` (0 to 1), as exact as the width of its bucket; 0 if there are no values.
  std::int64_t at(double part) const noexcept;

  /// A bucket that is not empty.
  struct bucket {
    std::size_t index;
    std::int64_t highest;  ///< the highest value that falls into it
    std::uint64_t count;
  };
  std::vector<bucket> buckets() const;
  /// Adds `times` values to the bucket `index`; an index out of range is ignored.
  void add(std::size_t index, std::uint64_t times);
  /// Sets the exact figures after `add`, which knows its values only by their buckets.
  void sharpen(std::int64_t min, std::int64_t max, double sum);

private:
  std::uint64_t& counter(std::size_t index);
  void count_in(std::size_t index, std::int64_t value, std::uint64_t times);

  std::vector<std::uint64_t> counts_;
  std::size_t first_ = 0;  // index of the first bucket in `counts_`
  std::uint64_t count_ = 0;
  std::int64_t min_ = 0;
  std::int64_t max_ = 0;
  double sum_ = 0;
};

}  // namespace ability::load
