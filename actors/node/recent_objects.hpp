/// Objects that one lane has made lately and may need again.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <utility>

namespace ability {

/// Keeps the objects alive that were added last, within a bound on the bytes of all. Their users refer to them weakly,
/// and make them anew if they are gone. Used by one lane.
class recent_objects {
public:
  static constexpr std::size_t max_bytes = std::size_t{1} << 20;

  /// Bytes that each object is taken to have beside those that its user counts.
  static constexpr std::size_t base_bytes = 256;

  void add(std::shared_ptr<const void> made, std::size_t bytes) {
    bytes_ += kept_.emplace_back(entry{std::move(made), base_bytes + bytes}).bytes;
    while (bytes_ > max_bytes) {
      bytes_ -= kept_.front().bytes;
      kept_.pop_front();
    }
  }

  std::size_t size() const noexcept { return kept_.size(); }

private:
  struct entry {
    std::shared_ptr<const void> object;
    std::size_t bytes;
  };

  std::deque<entry> kept_;
  std::size_t bytes_ = 0;
};

}  // namespace ability
