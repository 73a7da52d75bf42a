/// Connections after the client's goodbye, until the other side ends them.
#pragma once

#include <list>
#include <memory>

#include "apps/load/links/lane_timers.hpp"
#include "apps/load/links/socket_watch.hpp"

namespace ability::load {

/// All functions are called on the lane. The destructor closes the remaining sockets.
class departures {
public:
  departures(socket_watch& watch, lane_timers& timers) : watch_{watch}, timers_{timers} {}
  departures(const departures&) = delete;
  departures& operator=(const departures&) = delete;

  /// Takes ownership of `socket` and discards its input. Closes it when the other side does, or after two seconds.
  void take(int socket);

private:
  class leaving;

  socket_watch& watch_;
  lane_timers& timers_;
  std::list<std::shared_ptr<leaving>> all_;
};

}  // namespace ability::load
