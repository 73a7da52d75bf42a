/// Operations of the monitor on the daemon. `apps/abilityd/daemon_control` implements them, tests fake them.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "actors/node/log.hpp"

namespace ability {

/// Called on the monitor's lane, which is not the daemon's: functions do not block. Outlives the monitor.
class node_control {
public:
  virtual ~node_control() = default;

  /// Reports in health pages from now on that new clients are not welcome. After `notice` (none: the daemon's setting)
  /// no clients are admitted, and the present ones are disconnected evenly over the rest of `within`. The process
  /// stays. May be called again. False: the daemon stops, nothing has changed.
  virtual bool drain(std::chrono::seconds within, std::optional<std::chrono::seconds> notice, bool reconnect) = 0;

  /// Cancels the drain and accepts clients again. False: the daemon stops, nothing has changed.
  virtual bool undrain() = 0;

  /// Sets the lowest level that is logged; returns the previous one.
  virtual log_level set_log_level(log_level lowest) = 0;

  /// Returns `running`; `leaving` and then `draining` during a drain; or `stopping`.
  virtual std::string_view state() const = 0;
};

}  // namespace ability
