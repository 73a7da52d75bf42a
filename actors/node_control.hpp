/// What the monitor can do to the daemon. `net/daemon` implements it, tests fake it.
#pragma once

#include <chrono>
#include <string_view>

#include "actors/log.hpp"

namespace ability {

/// Called on the monitor's lane, which is not the daemon's: functions do not wait. Outlives the monitor.
class node_control {
public:
  virtual ~node_control() = default;

  /// Takes no new clients from now on, and says goodbye to those there, spread evenly over `within`. The process stays.
  /// May be called again, and while the daemon stops.
  virtual void drain(std::chrono::seconds within, bool reconnect) = 0;

  /// Sets the lowest level that is logged. Returns what it was.
  virtual log_level set_log_level(log_level lowest) = 0;

  /// `running`, `draining` or `stopping`.
  virtual std::string_view state() const = 0;
};

}  // namespace ability
