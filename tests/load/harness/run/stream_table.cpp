#include "tests/load/harness/run/stream_table.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace ability::load {

stream_table::stream_table(const std::vector<stream_set>& sets) {
  for (const auto& each : sets) {
    sets_.push_back({each.pattern, size_, each.count});
    size_ += each.count;
  }
  static constexpr std::size_t line = 64;
  const auto next_bytes = (size_ * sizeof(*next_) + line - 1) / line * line;
  bytes_ = line + next_bytes + max_refusals * sizeof(refusal);
  // Pages are taken as they are written to, and begin as zeros.
  void* const memory =
      ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    throw std::system_error{errno, std::generic_category(), "no shared memory for the streams"};
  auto* const bytes = static_cast<std::byte*>(memory);
  counts_ = reinterpret_cast<shared_counts*>(bytes);
  next_ = reinterpret_cast<std::atomic<std::uint64_t>*>(bytes + line);
  refusals_ = reinterpret_cast<refusal*>(bytes + line + next_bytes);
}

stream_table::~stream_table() { ::munmap(counts_, bytes_); }

std::string stream_table::name_of(std::uint32_t stream) const {
  const auto after = std::upper_bound(sets_.begin(), sets_.end(), stream,
                                      [](std::size_t index, const set_entry& set) { return index < set.first; });
  const auto& set = *std::prev(after);
  static constexpr std::string_view place = "{n}";
  const auto number = std::to_string(stream - set.first);
  auto name = set.pattern;
  for (auto at = name.find(place); at != std::string::npos; at = name.find(place, at + number.size()))
    name.replace(at, place.size(), number);
  return name;
}

void stream_table::refuse(std::uint32_t stream, std::uint64_t number) noexcept {
  const auto at = counts_->refusals.fetch_add(1, std::memory_order_relaxed);
  if (at >= max_refusals)
    return;
  refusals_[at].number = number;
  refusals_[at].stream.store(stream + 1, std::memory_order_release);
}

bool stream_table::forgot_refusals() const noexcept {
  return counts_->refusals.load(std::memory_order_relaxed) > max_refusals;
}

std::uint64_t stream_table::known_refusals() const noexcept {
  return std::min(counts_->refusals.load(std::memory_order_relaxed), max_refusals);
}

std::uint64_t stream_table::refused_in(std::uint32_t stream, std::uint64_t first, std::uint64_t end) const {
  if (is_sorted_)
    return static_cast<std::uint64_t>(std::lower_bound(sorted_.begin(), sorted_.end(), refused_number{stream, end}) -
                                      std::lower_bound(sorted_.begin(), sorted_.end(), refused_number{stream, first}));
  std::uint64_t count = 0;
  for (std::uint64_t i = 0; i < known_refusals(); ++i)
    if (refusals_[i].stream.load(std::memory_order_acquire) == stream + 1 && refusals_[i].number >= first &&
        refusals_[i].number < end)
      ++count;
  return count;
}

void stream_table::sort_refusals() {
  for (std::uint64_t i = 0; i < known_refusals(); ++i)
    if (const auto stream = refusals_[i].stream.load(std::memory_order_acquire); stream != 0)
      sorted_.push_back({stream - 1, refusals_[i].number});
  std::sort(sorted_.begin(), sorted_.end());
  is_sorted_ = true;
}

}  // namespace ability::load
