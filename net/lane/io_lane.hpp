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

class outbox;

/// Hook of an outbox in its lane's list.
struct outbox_hook : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>,
                                                      boost::intrusive::tag<struct of_lane>> {};

/// Runs actors and sockets in turn: after each drain of the run queue, every outbox that was written to is flushed
/// once. Call all functions on the lane's thread, except `run`, `stop` and those of the run queue.
class io_lane final : public lane {
public:
  explicit io_lane(caf::actor_system& system);
  ~io_lane() override;

  boost::asio::io_context& io() noexcept { return io_; }
  timer_wheel& wheel() noexcept { return wheel_; }

  /// Makes the calling thread the lane's thread and runs until `stop()`.
  void run();

  /// Ends `run()`. Any thread.
  void stop();

  /// Flushes `target` after the next drain, which comes soon.
  void flush_later(outbox& target);

  void after(std::chrono::milliseconds delay, std::function<void()> then) override;

  /// Called when an outbox is created or destroyed.
  void outbox_opened(outbox& which);
  void outbox_closed(outbox& which) noexcept;

  /// Closes the sockets of all outboxes.
  void close_outboxes();

  /// Calls `done`, on this lane, once it has no outbox; immediately if it has none. Replaces an earlier call.
  void when_no_outboxes(std::function<void()> done);

protected:
  void wake() override;
  void flush() override;

private:
  // Declared before the event loop: its destruction destroys outboxes, which use these.
  std::vector<boost::intrusive_ptr<outbox>> written_;
  std::vector<boost::intrusive_ptr<outbox>> flushing_;
  boost::intrusive::list<outbox_hook, boost::intrusive::base_hook<outbox_hook::list_base_hook>,
                         boost::intrusive::constant_time_size<false>>
      outboxes_;
  std::function<void()> no_outboxes_;
  boost::asio::io_context io_{1};
  timer_wheel wheel_{io_};
};

}  // namespace ability
