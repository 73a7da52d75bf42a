/// Settings of presence.
/// Source: docs/reliable-streams.md "Presence".
#pragma once

#include <chrono>
#include <cstddef>

namespace ability {

/// Bounds of the members of streams.
struct presence_settings {
  /// Presence is kept. Derived, not an option: a node of a cluster keeps none.
  bool on = true;
  std::chrono::milliseconds ttl{15'000};  ///< time that a session which ended without leaving has to come back
  std::size_t max_members = 10'000;       ///< of one stream
  std::size_t max_info = 4'096;           ///< bytes of a member's id and info together
};

}  // namespace ability
