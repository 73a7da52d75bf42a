/// Timers of a lane's virtual clients: one for each client, over one timer of the event loop.
#pragma once

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/set.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <utility>

#include "apps/load/links/network.hpp"

namespace ability::load {

/// The monotonic clock, in nanoseconds.
inline std::int64_t monotonic_ns() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// Its functions are called on the lane. Timers that are pending at its destruction are not called.
class lane_timers {
public:
  explicit lane_timers(boost::asio::io_context& io) : clock_{io} {}
  lane_timers(const lane_timers&) = delete;
  lane_timers& operator=(const lane_timers&) = delete;

  /// As `network::call_at`. `due` may create timers and destroy any ticket, including its own.
  std::unique_ptr<timer_ticket> call_at(std::int64_t at_ns, std::function<void()> due) {
    auto made = std::make_unique<ticket>(std::max(at_ns, earliest_), std::move(due));
    waiting_.insert(*made);
    arm();
    return made;
  }

private:
  struct ticket final : timer_ticket,
                        boost::intrusive::set_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>,
                                                        boost::intrusive::optimize_size<true>> {
    ticket(std::int64_t when, std::function<void()> what) : at_ns{when}, due{std::move(what)} {}
    bool operator<(const ticket& other) const noexcept { return at_ns < other.at_ns; }

    std::int64_t at_ns;
    std::function<void()> due;
  };

  static constexpr auto never = std::numeric_limits<std::int64_t>::max();

  void arm();
  void on_clock();

  boost::intrusive::multiset<ticket, boost::intrusive::constant_time_size<false>> waiting_;
  std::int64_t armed_ = never;
  std::int64_t earliest_ = std::numeric_limits<std::int64_t>::min();
  boost::asio::steady_timer clock_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>();  // expires with this; checked by posted handlers
};

}  // namespace ability::load
