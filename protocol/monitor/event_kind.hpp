/// Kinds of events for monitoring programs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ability {

enum class event_kind : std::uint8_t {
  connected,
  disconnected,
  stream_created,
  stream_retired,
  node_joined,
  node_left,
  slow_consumer,
  redis,       ///< its state has changed
  app_server,  ///< its state has changed
  gap,
};

/// In the order of `event_kind`.
inline constexpr std::array<std::string_view, 10> event_kind_names{
    "connected", "disconnected",  "stream_created", "stream_retired", "node_joined",
    "node_left", "slow_consumer", "redis",          "app_server",     "gap"};

constexpr std::string_view name_of(event_kind what) noexcept {
  return event_kind_names[static_cast<std::size_t>(what)];
}

/// The bit of a kind in a set of kinds.
constexpr std::uint32_t bit_of(event_kind what) noexcept { return std::uint32_t{1} << static_cast<unsigned>(what); }

inline constexpr std::uint32_t all_event_kinds = (std::uint32_t{1} << event_kind_names.size()) - 1;

}  // namespace ability
