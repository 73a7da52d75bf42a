/// Prefetching: loops over thousands of connections mostly wait for memory, so they request it ahead.
#pragma once

#include <cstddef>

namespace ability {

/// Elements that a loop requests ahead. Measured on 1,000 subscribers: a quarter less user time per delivery.
inline constexpr std::size_t prefetch_distance = 4;

/// Prefetches `bytes` at `where` into the cache. Any address is allowed, also an unmapped one.
inline void prefetch(const void* where, std::size_t bytes) noexcept {
  static constexpr std::size_t cache_line = 64;
  for (std::size_t offset = 0; offset < bytes; offset += cache_line)
    __builtin_prefetch(static_cast<const char*>(where) + offset, 1);
}

/// An object that a lane runs and whose memory is spread over the heap. The lane's own thread prefetches it while
/// others run: first the object, then its parts, then their parts, each step once the one before has arrived.
class prefetchable {
public:
  virtual void prefetch_parts() noexcept = 0;
  virtual void prefetch_parts_of_parts() noexcept = 0;

protected:
  ~prefetchable() = default;
};

}  // namespace ability
