#include "actors/stream/history/kept_positions.hpp"

#include <algorithm>

namespace ability {

std::size_t kept_positions::put(const std::shared_ptr<const std::string>& stream, const stream_log::summary& log,
                                std::int64_t now) {
  drop_old(now);
  if (by_name_.contains(std::string_view{*stream}))
    return 0;
  kept_.push_back({*stream, log, now});
  by_name_.insert(std::prev(kept_.end()));
  weight_ += weight_of(*stream);
  std::size_t forgotten = 0;
  for (; weight_ > most_; ++forgotten)
    drop(kept_.begin());
  return forgotten;
}

std::optional<stream_log::summary> kept_positions::take(std::string_view stream, std::int64_t now) {
  drop_old(now);
  const auto found = by_name_.find(stream);
  if (found == by_name_.end())
    return std::nullopt;
  return remove(*found);
}

std::optional<stream_log::summary> kept_positions::find(std::string_view stream, std::int64_t now) const {
  const auto found = by_name_.find(stream);
  if (found == by_name_.end() || (*found)->since + ttl_.count() <= now)
    return std::nullopt;
  return (*found)->log;
}

void kept_positions::forget(std::string_view stream) {
  if (by_name_.empty())
    return;
  if (const auto found = by_name_.find(stream); found != by_name_.end())
    drop(*found);
}

void kept_positions::drop_old(std::int64_t now) {
  while (!kept_.empty() && kept_.front().since + ttl_.count() <= now)
    drop(kept_.begin());
}

// A new log of that stream does not have the publications of the old one.
void kept_positions::drop(by_age::iterator which) {
  complete_from_ = std::max(complete_from_, remove(which).complete_from);
}

stream_log::summary kept_positions::remove(by_age::iterator which) {
  const auto log = which->log;
  weight_ -= weight_of(which->stream);
  by_name_.erase(which);
  kept_.erase(which);
  return log;
}

}  // namespace ability
