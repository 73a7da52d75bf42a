#include "actors/app/circuit_breaker.hpp"

namespace ability {

bool circuit_breaker::allow(time_point now) noexcept {
  if (state_ == state::open && now >= since_ + pause)
    enter(state::half_open, now);
  if (state_ == state::open)
    return false;
  if (state_ == state::half_open)
    return calls_++ < trials;
  return true;
}

void circuit_breaker::record(bool failed, time_point now) noexcept {
  switch (state_) {
    case state::open:
      return;  // a call made before the breaker opened
    case state::half_open:
      if (failed)
        enter(state::open, now);
      else if (++succeeded_ == trials)
        enter(state::closed, now);
      return;
    case state::closed:
      break;
  }
  if (now >= since_ + window)
    enter(state::closed, now);
  ++calls_;
  failed_ += failed ? 1 : 0;
  if (calls_ >= least_calls && failed_ >= failing_share * calls_)
    enter(state::open, now);
}

void circuit_breaker::enter(state next, time_point now) noexcept {
  state_ = next;
  since_ = now;
  calls_ = failed_ = succeeded_ = 0;
}

std::string_view name_of(circuit_breaker::state which) noexcept {
  switch (which) {
    case circuit_breaker::state::half_open:
      return "half_open";
    case circuit_breaker::state::open:
      return "open";
    case circuit_breaker::state::closed:
      break;
  }
  return "closed";
}

}  // namespace ability
