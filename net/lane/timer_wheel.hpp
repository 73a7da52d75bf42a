/// One timer for all connections of a lane: pings, handshakes, idle checks and closing deadlines.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace ability {

/// A timer for one future call; setting it again replaces the time. Destroying it cancels it.
class wheel_timer
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
  /// Does nothing if it is not set.
  void cancel() noexcept { unlink(); }

protected:
  ~wheel_timer() = default;

  /// Called at the set time. May set the timer again, and may destroy any timer, including this one.
  virtual void on_timer() = 0;

private:
  friend class timer_wheel;
  std::uint32_t due_ = 0;
};

/// A hashed wheel with ticks of 100 ms: setting and cancelling are O(1), and a timer takes 32 bytes. Call all functions
/// on the lane's thread.
class timer_wheel {
public:
  static constexpr std::chrono::milliseconds tick{100};

  explicit timer_wheel(boost::asio::io_context& io);
  timer_wheel(const timer_wheel&) = delete;
  timer_wheel& operator=(const timer_wheel&) = delete;

  /// Calls `timer` once after `delay`, up to two ticks late. Replaces the time it was set to.
  void set(wheel_timer& timer, std::chrono::milliseconds delay);

  /// Starts the ticks, which continue until the event loop ends.
  void start();

  /// One tick: calls due timers. Called by the wheel's own clock, and by tests to save the wait.
  void advance();

private:
  using timer_list = boost::intrusive::list<wheel_timer, boost::intrusive::constant_time_size<false>>;

  void wait();

  boost::asio::steady_timer clock_;
  std::uint32_t now_ = 0;
  std::array<timer_list, 512> slots_;
};

}  // namespace ability
