/// The streams of one lane that keep a log, as other lanes see them.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <string_view>

#include "actors/node/counters.hpp"

namespace ability {

/// A count of logs for each hash of a name. A publisher on another lane learns without a message whether the position
/// of its publication is worth waiting for: most often not, and then publishing costs no more than without logs.
class logged_streams {
public:
  /// Called on the lane of the streams.
  void add(std::string_view stream) noexcept { slot_of(stream).add(); }
  void remove(std::string_view stream) noexcept { slot_of(stream).sub(); }

  /// False: the stream keeps no log. True: it keeps one, or another one with this hash does. Any thread.
  bool may_hold(std::string_view stream) const noexcept { return slots_[index_of(stream)].get() != 0; }

private:
  static constexpr std::size_t slots = 4'096;

  // The upper bits: the lower ones choose the lane, so that those of its names are much the same.
  static std::size_t index_of(std::string_view stream) noexcept {
    return (std::hash<std::string_view>{}(stream) >> 16) % slots;
  }
  counter& slot_of(std::string_view stream) noexcept { return slots_[index_of(stream)]; }

  std::array<counter, slots> slots_;
};

}  // namespace ability
