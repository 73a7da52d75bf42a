/// Interface of a lane's virtual clients to connections and timers. Tests have one without sockets.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "apps/load/links/client_link.hpp"
#include "apps/load/links/publish_link.hpp"
#include "apps/load/scenario/steps.hpp"

namespace ability::load {

/// A pending timer. Destroying it cancels the timer.
class timer_ticket {
public:
  timer_ticket() = default;
  timer_ticket(const timer_ticket&) = delete;
  timer_ticket& operator=(const timer_ticket&) = delete;
  virtual ~timer_ticket() = default;
};

/// One per lane, used only on it. Outlives the lane's clients.
class network {
public:
  network() = default;
  network(const network&) = delete;
  network& operator=(const network&) = delete;
  virtual ~network() = default;

  /// Begins to connect. `client` selects one of the target's URLs, and a source address on loopback.
  virtual std::unique_ptr<client_link> connect(transport speaks, std::size_t client, link_callback told) = 0;
  /// Opens a way to publish. `publisher` selects one of the target's URLs.
  virtual std::unique_ptr<publish_link> open_publisher(publish_by by, std::size_t publisher, publish_callback told) = 0;
  /// The monotonic clock, in nanoseconds.
  virtual std::int64_t now_ns() const = 0;
  /// Calls `due` once, not before `at_ns` and as soon after as the lane can (resolution: 1 ms or finer).
  virtual std::unique_ptr<timer_ticket> call_at(std::int64_t at_ns, std::function<void()> due) = 0;
};

}  // namespace ability::load
