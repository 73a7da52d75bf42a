#include "net/lane/io_lane.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <utility>

#include "actors/runtime/prefetch.hpp"
#include "net/lane/outbox.hpp"

namespace ability {

io_lane::io_lane(caf::actor_system& system) : lane{system} {}

io_lane::~io_lane() = default;

void io_lane::run() {
  adopt_thread();
  wheel_.start();
  const auto work = boost::asio::make_work_guard(io_);
  io_.run();
}

void io_lane::stop() { io_.stop(); }

void io_lane::flush_later(outlet& target) {
  written_.emplace_back(&target);
  request_drain();
}

void io_lane::after(std::chrono::milliseconds delay, std::function<void()> then) {
  auto timer = std::make_shared<boost::asio::steady_timer>(io_, delay);
  timer->async_wait([timer, then = std::move(then)](boost::system::error_code error) {
    if (!error)
      then();
  });
}

void io_lane::outlet_opened(outlet& which) { outlets_.push_back(which); }

void io_lane::outlet_closed(outlet& which) noexcept {
  outlets_.erase(outlets_.iterator_to(which));
  if (outlets_.empty() && no_outlets_)
    std::exchange(no_outlets_, nullptr)();
}

void io_lane::close_outlets() {
  // Closing an outbox may destroy it and remove it from the list, so copy the list first.
  std::vector<boost::intrusive_ptr<outlet>> all;
  for (auto& hook : outlets_)
    all.emplace_back(&static_cast<outlet&>(hook));
  for (auto& each : all)
    each->close();
}

void io_lane::when_no_outlets(std::function<void()> done) {
  if (outlets_.empty())
    done();
  else
    no_outlets_ = std::move(done);
}

void io_lane::wake() {
  boost::asio::post(io_, [this] {
    if (drain())
      wake();
  });
}

void io_lane::flush() {
  // A flush may cause more writes, to the same outbox or to others.
  while (!written_.empty()) {
    flushing_.swap(written_);
    for (std::size_t i = 0; i < flushing_.size(); ++i) {
      if (i + prefetch_distance < flushing_.size())
        prefetch(flushing_[i + prefetch_distance].get(), outlet::hot_bytes);
      flushing_[i]->flush();
    }
    flushing_.clear();
  }
}

}  // namespace ability
