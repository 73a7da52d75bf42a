/// The subscribers of one stream with the same wire format and key.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "actors/interfaces.hpp"
#include "actors/stream/messages.hpp"

namespace ability {

struct subscriber_group {
  static constexpr std::size_t no_turn = static_cast<std::size_t>(-1);

  /// Adds a subscriber, whose slot is null. Returns the slot, which it keeps.
  std::size_t add() {
    ++subscribers;
    if (free.empty()) {
      slots.emplace_back();
      return slots.size() - 1;
    }
    const auto slot = free.back();
    free.pop_back();
    return slot;
  }

  /// Returns the slot that `who` gave, or that it has if it does not know it; `slots.size()` or more: it has none.
  std::size_t slot_of(const connection_actor& who, std::size_t given) const {
    if (given == unsubscribe::unknown_slot)
      return static_cast<std::size_t>(std::ranges::find(slots, who) - slots.begin());
    return given < slots.size() && slots[given] == who ? given : slots.size();
  }

  /// Number of subscribers that a batch is sent to.
  std::size_t receivers() const noexcept { return subscribers - held; }

  std::vector<connection_actor> slots;  ///< null: free, or the subscriber is held
  std::vector<std::size_t> free;
  std::size_t subscribers = 0;
  std::size_t held = 0;        ///< subscribers that wait for their history
  std::size_t turn = no_turn;  ///< index in the round under way
};

}  // namespace ability
