#include "actors/app/disconnect_queue.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <string>
#include <utility>

#include "actors/node/log.hpp"
#include "actors/runtime/pinned.hpp"

namespace ability {

namespace {

// True if the application has not seen the call.
bool may_be_repeated(const rpc_outcome& outcome) {
  const auto* error = std::get_if<rpc_error>(&outcome);
  return error != nullptr && (error->why == rpc_failure::unavailable || error->why == rpc_failure::exhausted ||
                              error->why == rpc_failure::refused);
}

}  // namespace

disconnect_queue_state::~disconnect_queue_state() {
  if (const auto lost = queue_.size() + under_way_; lost > 0) {
    home_->here.app_counters.disconnects_dropped.add(lost);
    log(log_level::warn, "the application was not told of all connections that ended", {{"connections", lost}});
  }
}

void disconnect_queue_state::start(lane_home& home, app_server_actor application) {
  home_ = &home;
  application_ = std::move(application);
}

disconnect_queue_actor::behavior_type disconnect_queue_state::make_behavior() {
  return {
      [this](const connection_left& news) { add(news); },
      [this](disconnect_due) {
        waking_ = false;
        call_next();
      },
      [this](drain_disconnects) {
        drained_ = self_->make_response_promise<disconnects_done>();
        next_ = {};
        call_next();
        return *drained_;
      },
  };
}

void disconnect_queue_state::add(connection_left news) {
  queue_.push_back(std::move(news));
  call_next();
  if (queue_.size() <= home_->settings.app.disconnect_backlog)
    return;
  home_->here.app_counters.disconnects_dropped.add();
  log(log_level::warn, "disconnect call dropped, too many are waiting", {{"sid", queue_.back().request->sid}});
  if (const auto& then = queue_.back().then)
    then(false);
  queue_.pop_back();
  show_size();
}

void disconnect_queue_state::call_next() {
  while (!queue_.empty() && under_way_ < max_under_way) {
    const auto now = self_->clock().now();
    if (now < next_) {
      come_back_at(next_);
      break;
    }
    if (!drained_)
      next_ = std::max(next_, now) + std::chrono::duration_cast<time_point::duration>(std::chrono::seconds{1}) /
                                         home_->settings.app.disconnect_rate;
    const auto next = std::move(queue_.front());
    queue_.pop_front();
    call(next);
  }
  show_size();
  if (drained_ && queue_.empty() && under_way_ == 0)
    drained_->deliver(disconnects_done{});
}

void disconnect_queue_state::call(const connection_left& news) {
  ++under_way_;
  self_->request(application_, caf::infinite, app_call{news.request})
      .then([this, news](const app_answer& answer) { finish(news, *answer.outcome); },
            [this, news](const caf::error&) {
              finish(news, rpc_error{rpc_failure::broken, "the app server actor is gone"});
            });
}

void disconnect_queue_state::finish(const connection_left& news, const rpc_outcome& outcome) {
  --under_way_;
  if (may_be_repeated(outcome)) {
    queue_.push_front(news);
    next_ = std::max(next_, self_->clock().now() + retry_after);
  } else if (news.then) {
    news.then(true);
  }
  call_next();
}

void disconnect_queue_state::come_back_at(time_point when) {
  if (std::exchange(waking_, true))
    return;
  self_->delayed_send(self_, when - self_->clock().now(), disconnect_due{});
}

void disconnect_queue_state::show_size() { home_->here.app_counters.disconnect_queue.set(queue_.size() + under_way_); }

disconnect_queue_actor spawn_disconnect_queue(lane_home& home, app_server_actor application) {
  return spawn_on<disconnect_queue_actor, disconnect_queue_state>(home.here.system, home.runs_on, home,
                                                                  std::move(application));
}

}  // namespace ability
