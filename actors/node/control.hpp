/// What the monitor can do to the daemon. `apps/abilityd/daemon` implements it, tests fake it.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "actors/node/log.hpp"

namespace ability {

/// Called on the monitor's lane, which is not the daemon's: functions do not wait. Outlives the monitor.
class node_control {
public:
  virtual ~node_control() = default;

  /// Health pages say from now on that no new clients are welcome. After `notice` (none: as the daemon is set up) none
  /// are let in, and those there are told to leave, spread evenly over the rest of `within`. The process stays. May be
  /// called again, and while the daemon stops, where it changes nothing.
  virtual void drain(std::chrono::seconds within, std::optional<std::chrono::seconds> notice, bool reconnect) = 0;

  /// Takes clients again, and sends no more away. Whether that is so: not while the daemon stops.
  virtual bool undrain() = 0;

  /// Sets the lowest level that is logged. Returns what it was.
  virtual log_level set_log_level(log_level lowest) = 0;

  /// `running`; `leaving` and then `draining`, or `stopping`.
  virtual std::string_view state() const = 0;
};

}  // namespace ability
