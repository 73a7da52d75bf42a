/// What ways to publish keep of a server's answers: how they settled batches, and whether any came lately.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "apps/load/links/lane_timers.hpp"
#include "apps/load/links/publish_link.hpp"

namespace ability::load {

/// Gathers what was settled until it is told, so that a link can do so last: its end may be what follows.
class publish_answers {
public:
  explicit publish_answers(publish_callback told) : told_{std::make_shared<const publish_callback>(std::move(told))} {}

  /// `refused`: why the oldest `batches` were, or empty. Batches that one answer after another settled alike are one
  /// `publish_news`.
  void add(std::size_t batches, const std::string& refused);
  /// May be destroyed by what it calls.
  void tell();

private:
  std::shared_ptr<const publish_callback> told_;
  std::vector<publish_news> news_;
};

/// Looks every `patience_ns` whether a server is silent that owes answers.
class silence_watch {
public:
  /// `look(silent)`: nothing was heard for that long, or something was. It may watch again, and destroy this.
  silence_watch(lane_timers& timers, std::function<void(bool silent)> look) : timers_{timers}, look_{std::move(look)} {}

  void heard() noexcept { heard_ns_ = monotonic_ns(); }
  /// One look at a time, as answers come far more often than they fail to.
  void watch();
  void stop() noexcept { clock_ = nullptr; }

private:
  lane_timers& timers_;
  std::function<void(bool)> look_;
  std::int64_t heard_ns_ = 0;
  std::unique_ptr<timer_ticket> clock_;
};

}  // namespace ability::load
