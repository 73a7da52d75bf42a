/// Backoff: the pause before a server is dialled again.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "actors/runtime/random_source.hpp"

namespace ability {

/// Each pause is twice the one before, up to the longest. A random part of it, from half to all, is waited, so that not
/// all clients of a lost server return at once. The pause is reset once the server has proved itself: by an answer, or
/// by a connection that held for the longest pause. A connect alone proves nothing: a server that accepts connections
/// and then fails would be dialled at the shortest pause.
class back_off {
public:
  using time_point = std::chrono::steady_clock::time_point;

  back_off(std::chrono::milliseconds shortest, std::chrono::milliseconds longest) noexcept
      : shortest_{shortest}, longest_{longest} {}

  /// Records an established connection.
  void connected(time_point now) noexcept { connected_ = now; }

  /// Records that the server has served its purpose; resets the pause.
  void succeeded() noexcept { pause_ = shortest_; }

  /// Returns the pause after a lost or failed connection.
  std::chrono::milliseconds next(time_point now, random_source& random) {
    if (connected_ && now - *connected_ >= longest_)
      succeeded();
    connected_.reset();
    const auto longest = pause_;
    pause_ = std::min(pause_ * 2, longest_);
    return random.between(longest / 2, longest);
  }

private:
  const std::chrono::milliseconds shortest_;
  const std::chrono::milliseconds longest_;
  std::chrono::milliseconds pause_ = shortest_;
  std::optional<time_point> connected_;
};

}  // namespace ability
