/// The event loop that all connections of a client or a server run on.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "net/fly/transport/transport.hpp"

namespace ability::fly {

/// Owns its thread, or stands for an event loop of the user's. It can be shut down, and may be asked for anything
/// afterwards: nothing happens then.
class event_loop {
public:
  /// `of_user` may be null: then a thread is started. Throws std::system_error if there is none to be had.
  explicit event_loop(boost::asio::io_context* of_user);
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;
  ~event_loop() { shut_down({}); }

  /// Any thread. Whether this is the thread of the loop.
  bool on_thread() const noexcept;

  /// REQUIRES that it was not shut down.
  fly::executor executor() noexcept { return io_.get_executor(); }

  /// Any thread. Has `job` called on the loop's thread, later. False, with `job` left untouched: it was shut down.
  template <class F>
  bool post(F& job) {
    const std::lock_guard lock{mutex_};
    if (open_)
      boost::asio::post(io_, std::move(job));
    return open_;
  }

  /// Any thread, but on a loop of the user's only its own, or before it runs. Calls `job` there and waits for it.
  /// False: it was shut down.
  template <class F>
  bool run(F&& job) {
    if (of_user_ || on_thread()) {
      if (open_)
        job();
      return open_;
    }
    std::promise<void> done;
    auto call = [&job, &done] {
      job();
      done.set_value();
    };
    if (!post(call))
      return false;
    done.get_future().wait();
    return true;
  }

  /// Not on the thread of its own. Waits until nothing is left to do, at most as long as `patience`; then ends the
  /// thread and destroys what is left.
  void shut_down(std::chrono::milliseconds patience);

private:
  const bool of_user_;
  std::unique_ptr<boost::asio::io_context> own_;
  boost::asio::io_context& io_;
  std::mutex mutex_;
  std::atomic<bool> open_ = true;
  bool running_ = false;  // the thread
  std::condition_variable ended_;
  std::optional<boost::asio::executor_work_guard<fly::executor>> work_;
  std::atomic<std::thread::id> id_ = {};
  std::thread thread_;
};

}  // namespace ability::fly
