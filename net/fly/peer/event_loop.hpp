/// The event loop of all connections of a client or a server.
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

/// Owns an event loop and its thread, or wraps the user's event loop. All functions but `executor` may be called after
/// `shut_down`; they then do nothing.
class event_loop {
public:
  /// Null `of_user`: starts a thread. Throws std::system_error if no thread can be started.
  explicit event_loop(boost::asio::io_context* of_user);
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;
  ~event_loop() { shut_down({}); }

  /// Thread-safe. True on the thread of the loop.
  bool on_thread() const noexcept;

  /// REQUIRES that it was not shut down.
  fly::executor executor() noexcept { return io_.get_executor(); }

  /// Thread-safe. Calls `job` later on the loop's thread. False, with `job` untouched, after `shut_down`.
  template <class F>
  bool post(F& job) {
    const std::lock_guard lock{mutex_};
    if (open_)
      boost::asio::post(io_, std::move(job));
    return open_;
  }

  /// Thread-safe; with the user's event loop, only on its thread or before it runs. Calls `job` on the loop's thread
  /// and waits for it. False after `shut_down`.
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

  /// Not on the loop's own thread. Waits at most `patience` for the remaining work; then ends the thread and destroys
  /// the remaining handlers.
  void shut_down(std::chrono::milliseconds patience);

private:
  const bool of_user_;
  std::unique_ptr<boost::asio::io_context> own_;
  boost::asio::io_context& io_;
  std::mutex mutex_;
  std::atomic<bool> open_ = true;
  bool running_ = false;  // the thread runs
  std::condition_variable ended_;
  std::optional<boost::asio::executor_work_guard<fly::executor>> work_;
  std::atomic<std::thread::id> id_ = {};
  std::thread thread_;
};

}  // namespace ability::fly
