#include "apps/load/clients/stream_table.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <system_error>

namespace ability::load {

namespace {

constexpr std::int64_t least_tick_ns = 10'000'000;
constexpr std::size_t max_looks = 4'096;  // limit of the search for a free entry

}  // namespace

stream_table::stream_table(const std::vector<stream_set>& sets, milliseconds grace)
    : tick_ns_{std::max<std::int64_t>(least_tick_ns, grace.count() * 1'000'000 / 3 + 1)} {
  for (const auto& each : sets) {
    sets_.push_back({each.pattern, size_, each.count});
    size_ += each.count;
  }
  static constexpr std::size_t line = 64;
  const auto stream_bytes = size_ * sizeof(stream_state);
  bytes_ = line + stream_bytes + max_refusals * sizeof(refusals);
  // Pages are zeroed and allocated at the first write.
  void* const memory =
      ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    throw std::system_error{errno, std::generic_category(), "no shared memory for the streams"};
  auto* const bytes = static_cast<std::byte*>(memory);
  counts_ = reinterpret_cast<shared_counts*>(bytes);
  streams_ = reinterpret_cast<stream_state*>(bytes + line);
  refusals_ = reinterpret_cast<refusals*>(bytes + line + stream_bytes);
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

// Number of ticks from `earlier` to an entry's tick; ticks count modulo 2^27.
std::int32_t stream_table::ticks_from(std::int64_t earlier, std::uint64_t entry) noexcept {
  constexpr int above = 32 - tick_bits;
  const auto distance = static_cast<std::uint32_t>(entry >> number_bits) - static_cast<std::uint32_t>(earlier);
  return static_cast<std::int32_t>(distance << above) >> above;
}

void stream_table::note_tick(stream_state& stream, std::int64_t now_ns) noexcept {
  const auto tick = now_ns / tick_ns_;
  auto& place = stream.ticks[static_cast<std::size_t>(tick) % ticks_kept];
  auto held = place.load(std::memory_order_relaxed);
  if (held != 0 && ticks_from(tick, held) >= 0)
    return;
  constexpr auto is_there = std::uint64_t{1} << (tick_bits + number_bits);
  constexpr auto ticks = (std::uint64_t{1} << tick_bits) - 1;
  const auto entry = is_there | (static_cast<std::uint64_t>(tick) & ticks) << number_bits |
                     stream.next.load(std::memory_order_acquire);
  // Done before the number is taken, so that a reader of the number also sees its tick.
  while ((held == 0 || ticks_from(tick, held) < 0) &&
         !place.compare_exchange_weak(held, entry, std::memory_order_release, std::memory_order_relaxed)) {
  }
}

std::uint64_t stream_table::next_before(std::uint32_t stream, std::int64_t at_ns) const noexcept {
  const auto& here = streams_[stream];
  const auto last = at_ns / tick_ns_ - 1;  // the last tick that had ended by then
  if (last < 0)
    return 0;
  auto next = here.next.load(std::memory_order_acquire);
  for (const auto& each : here.ticks) {
    const auto entry = each.load(std::memory_order_acquire);
    const auto since = entry == 0 ? 0 : ticks_from(last, entry);
    if (since > static_cast<std::int32_t>(ticks_kept))
      return 0;  // the first entry after `at_ns` may have been overwritten
    if (since > 0)
      next = std::min(next, entry & ((std::uint64_t{1} << number_bits) - 1));
  }
  return next;
}

// Null if there is no entry and none can be made.
stream_table::refusals* stream_table::refusals_of(std::uint32_t stream, std::uint64_t block, bool make) const noexcept {
  const auto key = (std::uint64_t{stream} + 1) << 32 | (block & 0xffff'ffff);
  // Place consecutive entries side by side, so that few pages are written.
  constexpr std::uint64_t side_by_side = 64;
  constexpr std::uint64_t golden = 0x9e37'79b9'7f4a'7c15;
  const auto group = ((key / side_by_side + 1) * golden) >> 32;
  auto at = static_cast<std::size_t>(group * side_by_side + key % side_by_side);
  for (std::size_t looks = 0; looks < max_looks; ++looks, ++at) {
    auto& here = refusals_[at % max_refusals];
    auto held = here.key.load(std::memory_order_acquire);
    if (held == 0 && (!make || here.key.compare_exchange_strong(held, key, std::memory_order_acq_rel)))
      return make ? &here : nullptr;
    if (held == key)
      return &here;
  }
  return nullptr;
}

void stream_table::refuse(std::uint32_t stream, std::uint64_t number) noexcept {
  auto* const place = refusals_of(stream, number / 64, true);
  if (place == nullptr) {
    counts_->forgotten.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  place->which.fetch_or(std::uint64_t{1} << number % 64, std::memory_order_release);
  streams_[stream].refused.fetch_add(1, std::memory_order_release);
}

std::uint64_t stream_table::refused_in(std::uint32_t stream, std::uint64_t first, std::uint64_t end) const noexcept {
  if (first >= end || streams_[stream].refused.load(std::memory_order_acquire) == 0)
    return 0;
  std::uint64_t count = 0;
  for (auto block = first / 64; block <= (end - 1) / 64; ++block) {
    const auto* const place = refusals_of(stream, block, false);
    if (place == nullptr)
      continue;
    auto which = place->which.load(std::memory_order_acquire);
    if (block == first / 64)
      which &= ~std::uint64_t{} << first % 64;
    if (block == (end - 1) / 64)
      which &= ~std::uint64_t{} >> (63 - (end - 1) % 64);
    count += static_cast<std::uint64_t>(std::popcount(which));
  }
  return count;
}

}  // namespace ability::load
