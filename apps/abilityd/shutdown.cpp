#include "apps/abilityd/shutdown.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <future>
#include <memory>
#include <utility>

#include "actors/app/messages.hpp"
#include "actors/connection/registry.hpp"
#include "actors/node/log.hpp"
#include "actors/sessions/messages.hpp"

namespace ability {

namespace asio = boost::asio;

graceful_shutdown::graceful_shutdown(node& here, const std::vector<std::unique_ptr<lane_context>>& contexts,
                                     asio::io_context& io)
    : here_{here}, contexts_{contexts}, deadline_{io}, delivered_{io} {}

graceful_shutdown::~graceful_shutdown() { here_.gate.forget(this); }

// The clients told last still get `last_bytes`, and the steps after the clients get a tenth of the timeout.
void graceful_shutdown::begin(const shutdown_limits& limits, client_drain& clients, std::function<void()> stop_taking,
                              supervisor_actor supervisor, std::function<void()> done) {
  set(limits, std::move(stop_taking), std::move(supervisor), std::move(done));
  const auto goodbyes = std::max(limits.timeout / 2, limits.timeout * 9 / 10 - limits.last_bytes);
  clients.begin({.notice = limits.delay, .within = goodbyes, .reconnect = true}, [this] { stop(); });
}

void graceful_shutdown::begin_at_once(const shutdown_limits& limits, std::function<void()> stop_taking,
                                      supervisor_actor supervisor, std::function<void()> done) {
  set({.delay = {}, .timeout = limits.timeout, .last_bytes = limits.last_bytes}, std::move(stop_taking),
      std::move(supervisor), std::move(done));
  stop();
}

void graceful_shutdown::set(const shutdown_limits& limits, std::function<void()> stop_taking,
                            supervisor_actor supervisor, std::function<void()> done) {
  stop_taking_ = std::move(stop_taking);
  supervisor_ = std::move(supervisor);
  done_ = std::move(done);
  const auto from = clock::now() + limits.delay;
  sockets_until_ = from + limits.timeout * 9 / 10;
  application_until_ = from + limits.timeout * 95 / 100;
  until_ = from + limits.timeout;
}

void graceful_shutdown::stop() {
  stop_taking_();
  deadline_.expires_at(sockets_until_);
  deadline_.async_wait([this](boost::system::error_code error) {
    if (!error) {
      log(log_level::warn, "clients took too long to leave, closing their sockets");
      close_everything();
    }
  });
  // Wait for a limited time only: clients that do not read must not delay the shutdown.
  delivered_.expires_after(std::max(sockets_until_ - clock::now(), clock::duration::zero()) / 2);
  delivered_.async_wait([this](boost::system::error_code) { disconnect_everybody(); });
  here_.gate.when_empty(this, [this] { asio::post(delivered_.get_executor(), [this] { delivered_.cancel(); }); });
}

void graceful_shutdown::disconnect_everybody() {
  here_.gate.forget(this);
  caf::anon_send(std::exchange(supervisor_, nullptr),
                 disconnect_all{std::string{disconnect_reason::server_restart}, true});
  lanes_with_outboxes_ = contexts_.size();
  on_each_lane([this](lane_context& each) {
    for (auto it = each.stoppables.begin(); it != each.stoppables.end();)
      (it++)->stop();
    each.lane.when_no_outboxes([this] {
      if (--lanes_with_outboxes_ > 0)
        return;
      asio::post(deadline_.get_executor(), [this] { deadline_.cancel(); });  // what follows is not the clients' time
      done_();
    });
  });
}

void graceful_shutdown::close_everything() {
  on_each_lane([](lane_context& each) { each.lane.close_outboxes(); });
}

void graceful_shutdown::on_each_lane(const std::function<void(lane_context&)>& what) {
  for (auto& each : contexts_)
    asio::post(each->lane.io(), [what, &each] { what(*each); });
}

void graceful_shutdown::tell_application() {
  const bool shares_sessions = here_.lanes.front()->vault != nullptr;
  if (!here_.disconnect_queue && !shares_sessions)
    return;
  const auto left = [this] { return std::max(application_until_ - clock::now(), clock::duration::zero()); };
  const auto all_have_left = std::make_shared<std::promise<void>>();
  when_no_connections(here_, true, [all_have_left] { all_have_left->set_value(); });
  all_have_left->get_future().wait_for(left());
  caf::scoped_actor self{here_.system};
  const auto end_all = [&] {
    for (const auto& home : here_.lanes)
      self->request(home->sessions, left(), end_sessions{}).receive([](sessions_ended) {}, [](const caf::error&) {});
  };
  end_all();
  if (!here_.disconnect_queue)
    return;
  self->request(here_.disconnect_queue, left(), ability::drain_disconnects{})
      .receive([](disconnects_done) {},
               [](const caf::error&) {
                 log(log_level::warn, "no time left to tell the application of all that have left");
               });
  if (shares_sessions)
    end_all();  // other nodes know then that it was told
}

std::chrono::milliseconds graceful_shutdown::time_left() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      std::max(until_ - clock::now(), clock::duration::zero()));
}

}  // namespace ability
