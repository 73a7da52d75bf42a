/// Threads for handlers, so that they may block.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <utility>

namespace ability::fly {

class worker_pool {
public:
  explicit worker_pool(std::size_t threads) : threads_{threads} {}
  worker_pool(const worker_pool&) = delete;
  worker_pool& operator=(const worker_pool&) = delete;

  /// Waits for the jobs that are running or queued. Destroys coroutines that wait for something.
  ~worker_pool() {
    for (auto left = jobs_.load(); left != 0; left = jobs_.load())
      jobs_.wait(left);
    threads_.stop();
    threads_.join();
  }

  /// Executor of jobs: any of the threads, or with `ordered` one job at a time.
  boost::asio::any_io_executor executor(bool ordered) {
    if (ordered)
      return boost::asio::make_strand(threads_.get_executor());
    return threads_.get_executor();
  }

  /// Thread-safe. Runs `job`, which must not throw.
  template <class F>
  void run(const boost::asio::any_io_executor& where, F job) {
    ++jobs_;
    boost::asio::post(where, [this, job = std::move(job)]() mutable {
      job();
      if (--jobs_ == 0)
        jobs_.notify_all();
    });
  }

private:
  boost::asio::thread_pool threads_;
  std::atomic<std::size_t> jobs_ = 0;
};

}  // namespace ability::fly
