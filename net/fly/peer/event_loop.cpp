#include "net/fly/peer/event_loop.hpp"

namespace ability::fly {

event_loop::event_loop(boost::asio::io_context* of_user)
    : of_user_{of_user != nullptr},
      own_{of_user_ ? nullptr : std::make_unique<boost::asio::io_context>(1)},
      io_{of_user_ ? *of_user : *own_} {
  if (of_user_)
    return;
  work_.emplace(io_.get_executor());
  running_ = true;
  thread_ = std::thread{[this] {
    id_ = std::this_thread::get_id();
    io_.run();
    id_ = std::thread::id{};
    const std::lock_guard lock{mutex_};
    running_ = false;
    ended_.notify_all();
  }};
}

bool event_loop::on_thread() const noexcept {
  return of_user_ ? io_.get_executor().running_in_this_thread() : id_.load() == std::this_thread::get_id();
}

void event_loop::shut_down(std::chrono::milliseconds patience) {
  {
    std::unique_lock lock{mutex_};
    open_ = false;
    work_.reset();
    if (!thread_.joinable())
      return;
    if (!ended_.wait_for(lock, patience, [this] { return !running_; }))
      io_.stop();
  }
  thread_.join();
  own_.reset();
}

}  // namespace ability::fly
