#include "actors/cluster/link_lifecycle.hpp"

#include <utility>

namespace ability {

// -- events ---

link_action link_lifecycle::connected(time_point now) {
  has_connection_ = true;
  if (phase_ == phase::closing)
    return close_connection(now);
  phase_ = phase::establishing;
  heard_ = now;
  return link_action::none;
}

link_action link_lifecycle::disconnected(std::string_view why, time_point now) {
  if (phase_ == phase::ended)
    return link_action::none;
  note_reason(why);
  phase_ = phase::ended;
  deadline_ = now + wait_for_directories;
  return link_action::finish;
}

link_action link_lifecycle::heard(time_point now) {
  heard_ = now;
  if (phase_ != phase::establishing)
    return link_action::none;
  phase_ = phase::up;
  was_up_ = true;
  return link_action::establish;
}

link_action link_lifecycle::leave(std::string_view why, time_point now) {
  if (phase_ != phase::up)
    return close(why, now);
  note_reason(why);
  phase_ = phase::leaving;
  deadline_ = now + close_within;
  return link_action::say_goodbye;
}

link_action link_lifecycle::close(std::string_view why, time_point now) {
  if (phase_ == phase::ended)
    return link_action::none;
  note_reason(why);
  phase_ = phase::closing;
  deadline_ = time_point::max();  // without a connection the tunnel has yet to report its result
  return has_connection_ ? close_connection(now) : link_action::none;
}

link_action link_lifecycle::close_connection(time_point now) {
  deadline_ = now + close_within;
  return std::exchange(closed_, true) ? link_action::none : link_action::close;
}

void link_lifecycle::other_leaves(std::string_view why, time_point now) {
  other_left_ = true;
  note_reason(why.empty() ? "it has left" : why);
  if (phase_ == phase::leaving)
    return;  // it may have to acknowledge more packets of ours
  phase_ = phase::closing;
  deadline_ = now + close_within;
}

void link_lifecycle::note_reason(std::string_view why) {
  if (reason_.empty())
    reason_ = why;
}

// -- time ---

link_action link_lifecycle::tick(time_point now) {
  // While this node was delayed it could not receive either, so the delay does not count as silence.
  const auto late = now - std::exchange(ticked_, now) - tick_every;
  if (late > heartbeat_after)
    heard_ += late;
  const bool listens = phase_ == phase::establishing || is_open();
  return listens && now - heard_ >= silence ? close("no word for 3 s", now) : link_action::none;
}

bool link_lifecycle::heartbeat_due(time_point now) const noexcept {
  return (phase_ == phase::establishing || is_open()) && now - sent_ >= heartbeat_after;
}

link_action link_lifecycle::expire(time_point now) {
  if ((phase_ != phase::leaving && phase_ != phase::closing) || now < deadline_)
    return link_action::none;
  return closed_ ? disconnected(reason_, now) : close(reason_, now);
}

bool link_lifecycle::is_over(time_point now) const noexcept {
  return phase_ == phase::ended && (!was_up_ || directories_done_ >= directories_ || now >= deadline_);
}

}  // namespace ability
