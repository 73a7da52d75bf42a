/// Reports of events. A report costs one load while no monitoring program watches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "actors/local_message.hpp"
#include "actors/node/node.hpp"
#include "protocol/monitor/event_kind.hpp"

namespace ability {

/// An event. `subject` is a sid, a stream, a node's name or the new state; `detail` is an identity or a reason, and may
/// be empty.
struct happened {
  using local_message = void;
  event_kind what;
  std::string subject;
  std::string detail;
  std::chrono::system_clock::time_point when;
};

/// Maximum number of events on their way to the monitor; further ones are dropped and counted.
inline constexpr std::uint32_t max_events_in_flight = 10'000;

/// Maximum size in bytes of an event's subject or detail; the rest is cut off.
inline constexpr std::size_t max_event_text = 256;

/// True if a monitoring program watches for such events. Any thread.
inline bool is_watched(const node& here, event_kind what) noexcept {
  return (here.watched_events.load(std::memory_order_relaxed) & bit_of(what)) != 0;
}

/// Sends the event to the monitor unconditionally. Use `report`, which checks `is_watched` first.
void send_event(node& here, event_kind what, std::string_view subject, std::string_view detail);

/// Reports an event, see `happened`, if a monitoring program watches for it. Any thread.
inline void report(node& here, event_kind what, std::string_view subject, std::string_view detail = {}) {
  if (is_watched(here, what)) [[unlikely]]
    send_event(here, what, subject, detail);
}

}  // namespace ability
