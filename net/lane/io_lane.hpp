/// A lane with sockets: one thread, one event loop, and the actors pinned to it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <cstddef>
#include <functional>
#include <vector>

#include "actors/runtime/lane.hpp"
#include "net/lane/timer_wheel.hpp"

namespace ability {

class outlet;

/// An outlet's place in the list of its lane's.
struct outlet_hook : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>,
                                                      boost::intrusive::tag<struct of_lane>> {};

/// Runs actors and sockets in turn: after each drain of the run queue, every outlet that was written to is flushed
/// once. Apart from `run`, `stop` and the run queue's own functions, all are called on the lane's thread.
class io_lane final : public lane {
public:
  explicit io_lane(caf::actor_system& system);
  ~io_lane() override;

  boost::asio::io_context& io() noexcept { return io_; }
  timer_wheel& wheel() noexcept { return wheel_; }

  /// Makes the calling thread the lane's own and runs until `stop()`.
  void run();

  /// Ends `run()`. Any thread.
  void stop();

  /// Has `target` flushed after the next drain, which comes soon.
  void flush_later(outlet& target);

  void after(std::chrono::milliseconds delay, std::function<void()> then) override;

  /// Called by outlets as they come and go.
  void outlet_opened(outlet& which);
  void outlet_closed(outlet& which) noexcept;

  /// Closes the sockets of all outlets.
  void close_outlets();

  /// Has `done` called, on this lane, once it has no outlet; at once if so now. Replaces an earlier call.
  void when_no_outlets(std::function<void()> done);

protected:
  void wake() override;
  void flush() override;

private:
  // What outlets touch when they end comes before the event loop, which ends some of them when it is destroyed.
  std::vector<boost::intrusive_ptr<outlet>> written_;
  std::vector<boost::intrusive_ptr<outlet>> flushing_;
  boost::intrusive::list<outlet_hook, boost::intrusive::base_hook<outlet_hook::list_base_hook>,
                         boost::intrusive::constant_time_size<false>>
      outlets_;
  std::function<void()> no_outlets_;
  boost::asio::io_context io_{1};
  timer_wheel wheel_{io_};
};

}  // namespace ability
