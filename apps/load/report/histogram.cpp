#include "apps/load/report/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace ability::load {
namespace {

// Values below 2^8 have a bucket each; each higher power of two is split into 2^7 buckets.
constexpr unsigned fine_bits = 7;
constexpr std::size_t fine = std::size_t{1} << fine_bits;
constexpr unsigned value_bits = 40;  // 18 minutes in ns
constexpr std::size_t bucket_count = (value_bits - fine_bits + 1) * fine;

std::size_t index_of(std::int64_t value) noexcept {
  const auto v = static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0));
  if (v < 2 * fine)
    return static_cast<std::size_t>(v);
  const auto shift = static_cast<unsigned>(std::bit_width(v)) - fine_bits - 1;
  return std::min(bucket_count - 1, shift * fine + static_cast<std::size_t>(v >> shift));
}

std::int64_t highest_of(std::size_t index) noexcept {
  if (index < 2 * fine)
    return static_cast<std::int64_t>(index);
  const auto shift = index / fine - 1;
  const auto lowest = static_cast<std::uint64_t>(index - shift * fine) << shift;
  return static_cast<std::int64_t>(lowest + (std::uint64_t{1} << shift) - 1);
}

}  // namespace

void histogram::record(std::int64_t value, std::uint64_t times) {
  count_in(index_of(value), std::max<std::int64_t>(value, 0), times);
}

void histogram::merge(const histogram& other) {
  if (other.count_ == 0)
    return;
  for (std::size_t i = 0; i < other.counts_.size(); ++i)
    if (other.counts_[i] != 0)
      counter(other.first_ + i) += other.counts_[i];
  min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  count_ += other.count_;
  sum_ += other.sum_;
}

void histogram::clear() { *this = {}; }

std::int64_t histogram::at(double part) const noexcept {
  const auto wanted =
      std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(part * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= wanted)
      return std::clamp(highest_of(first_ + i), min_, max_);
  }
  return max_;
}

std::vector<histogram::bucket> histogram::buckets() const {
  std::vector<bucket> all;
  for (std::size_t i = 0; i < counts_.size(); ++i)
    if (counts_[i] != 0)
      all.push_back({first_ + i, highest_of(first_ + i), counts_[i]});
  return all;
}

void histogram::add(std::size_t index, std::uint64_t times) {
  if (index < bucket_count)
    count_in(index, highest_of(index), times);
}

void histogram::sharpen(std::int64_t min, std::int64_t max, double sum) {
  min_ = min;
  max_ = max;
  sum_ = sum;
}

// Allocates only the range between the lowest and the highest value: the times of one second span few powers of two,
// and a run keeps a histogram for each second.
std::uint64_t& histogram::counter(std::size_t index) {
  const auto block = index / fine * fine;
  if (counts_.empty())
    first_ = block;
  if (block < first_) {
    counts_.insert(counts_.begin(), first_ - block, 0);
    first_ = block;
  }
  if (index >= first_ + counts_.size())
    counts_.resize(block + fine - first_);
  return counts_[index - first_];
}

void histogram::count_in(std::size_t index, std::int64_t value, std::uint64_t times) {
  if (times == 0)
    return;
  counter(index) += times;
  min_ = count_ == 0 ? value : std::min(min_, value);
  max_ = std::max(max_, value);
  count_ += times;
  sum_ += static_cast<double>(value) * static_cast<double>(times);
}

}  // namespace ability::load
