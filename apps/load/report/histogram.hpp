/// A histogram of times with a high dynamic range: every value within 0.8 %, in 34 KB at most, 1 KB for each
/// power of two between the least and the largest. Debian 12 has none for C++.
/// Source: hdrhistogram.org; the same layout, 7 bits below the leading one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ability::load {

/// Counts values from 0 to about 18 minutes, in nanoseconds here; what is larger counts as the largest. Allocates with
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

  /// The least value that a share of `part` (0 to 1) is not above, as exact as a bucket is wide; 0 of nothing.
  std::int64_t at(double part) const noexcept;

  /// A bucket that holds something.
  struct bucket {
    std::size_t index;
    std::int64_t highest;  ///< value that falls into it
    std::uint64_t count;
  };
  std::vector<bucket> buckets() const;
  /// Adds what another histogram had in its bucket `index`; one out of range is ignored.
  void add(std::size_t index, std::uint64_t times);
  /// After `add`: what its values really were, of which buckets tell no more than their width.
  void sharpen(std::int64_t min, std::int64_t max, double sum);

private:
  std::uint64_t& counter(std::size_t index);
  void count_in(std::size_t index, std::int64_t value, std::uint64_t times);

  std::vector<std::uint64_t> counts_;
  std::size_t first_ = 0;  // bucket that `counts_` begins with
  std::uint64_t count_ = 0;
  std::int64_t min_ = 0;
  std::int64_t max_ = 0;
  double sum_ = 0;
};

}  // namespace ability::load
