#include "actors/node/events.hpp"

#include <caf/send.hpp>
#include <string>

#include "protocol/text/utf8.hpp"

namespace ability {

void send_event(node& here, event_kind what, std::string_view subject, std::string_view detail) {
  if (here.events_in_flight.fetch_add(1, std::memory_order_relaxed) >= max_events_in_flight) {
    here.events_in_flight.fetch_sub(1, std::memory_order_relaxed);
    here.events_dropped.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  caf::anon_send(here.monitor, happened{what, std::string{utf8_prefix(subject, max_event_text)},
                                        std::string{utf8_prefix(detail, max_event_text)}, here.wall_clock()});
}

}  // namespace ability
