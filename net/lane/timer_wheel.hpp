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

/// Something that wants to be called at some time. Set for at most one time; destroying it cancels it.
class wheel_timer
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
  /// Does nothing if it is not set.
  void cancel() noexcept { unlink(); }

protected:
  ~wheel_timer() = default;

  /// The time has come. May set the timer anew, and may destroy any timer, this one too.
  virtual void on_timer() = 0;

private:
  friend class timer_wheel;
  std::uint32_t due_ = 0;
};

/// A hashed wheel with ticks of 100 ms: setting and cancelling cost the same however many timers there are, and a
/// timer costs 32 bytes. All functions are called on the lane's thread.
class timer_wheel {
public:
  static constexpr std::chrono::milliseconds tick{100};

  explicit timer_wheel(boost::asio::io_context& io);
  timer_wheel(const timer_wheel&) = delete;
  timer_wheel& operator=(const timer_wheel&) = delete;

  /// Has `timer` called once, `delay` from now and up to two ticks late. Replaces the time it was set for.
  void set(wheel_timer& timer, std::chrono::milliseconds delay);

  /// Starts the ticking, which goes on until the event loop ends.
  void start();

  /// One tick: calls the timers that are due. Its own clock does that, and tests that do not wait for it.
  void advance();

private:
  using timer_list = boost::intrusive::list<wheel_timer, boost::intrusive::constant_time_size<false>>;

  void wait();

  boost::asio::steady_timer clock_;
  std::uint32_t now_ = 0;
  std::array<timer_list, 512> slots_;
};

}  // namespace ability
