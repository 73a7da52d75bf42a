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

void io_lane::flush_later(outbox& target) {
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

void io_lane::outbox_opened(outbox& which) { outboxes_.push_back(which); }

void io_lane::outbox_closed(outbox& which) noexcept {
  outboxes_.erase(outboxes_.iterator_to(which));
  if (outboxes_.empty() && no_outboxes_)
    std::exchange(no_outboxes_, nullptr)();
}

void io_lane::close_outboxes() {
  // Closing an outbox may destroy it and remove it from the list, so copy the list first.
  std::vector<boost::intrusive_ptr<outbox>> all;
  for (auto& hook : outboxes_)
    all.emplace_back(&static_cast<outbox&>(hook));
  for (auto& each : all)
    each->close();
}

void io_lane::when_no_outboxes(std::function<void()> done) {
  if (outboxes_.empty())
    done();
  else
    no_outboxes_ = std::move(done);
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
        prefetch(flushing_[i + prefetch_distance].get(), outbox::hot_bytes);
      flushing_[i]->flush();
    }
    flushing_.clear();
  }
}

}  // namespace ability
