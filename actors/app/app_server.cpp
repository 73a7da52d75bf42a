#include "actors/app/app_server.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <caf/system_messages.hpp>
#include <cmath>
#include <string>
#include <utility>

#include "actors/node/events.hpp"
#include "actors/node/log.hpp"
#include "actors/runtime/pinned.hpp"
#include "protocol/text/utf8.hpp"

namespace ability {

namespace {

// Bound on an error text: the text of an exception can be long, and may contain data that should not be stored.
constexpr std::size_t max_detail = 200;

// True if the failure is a transport failure rather than an error reported by the application.
bool is_transport_failure(const rpc_outcome& outcome) {
  const auto* error = std::get_if<rpc_error>(&outcome);
  return error != nullptr && (error->why == rpc_failure::unavailable || error->why == rpc_failure::timed_out);
}

// True if the application was present until the end of the attempt.
bool shows_presence(const rpc_outcome& outcome) {
  const auto* error = std::get_if<rpc_error>(&outcome);
  return error == nullptr || error->why == rpc_failure::exhausted || error->why == rpc_failure::invalid;
}

std::shared_ptr<rpc_outcome> failure(rpc_failure why, std::string detail) {
  return std::make_shared<rpc_outcome>(rpc_error{why, std::move(detail)});
}

std::string_view status_of(const rpc_outcome& outcome) {
  if (const auto* error = std::get_if<rpc_error>(&outcome))
    return name_of(error->why);
  return name_of(std::get<rpc_reply>(outcome).status);
}

}  // namespace

app_server_state::~app_server_state() {
  if (transport_ != nullptr)
    transport_->stop();
}

void app_server_state::start(lane_home& home, std::shared_ptr<app_transport> transport) {
  home_ = &home;
  transport_ = std::move(transport);
}

app_server_actor::behavior_type app_server_state::make_behavior() {
  self_->set_exit_handler([this](const caf::exit_msg& why) {
    end_all();
    self_->quit(why.reason);
  });
  return {
      [this](const app_call& question) { return take(question); },
      [this](const app_replied& news) { finish_attempt(news); },
      [this](const app_retry& due) {
        if (auto again = backing_off_.extract(due.id)) {
          waiting_.push_front(std::move(again.mapped()));
          start_waiting();
        }
      },
  };
}

caf::typed_response_promise<app_answer> app_server_state::take(const app_call& question) {
  call next{question.request, self_->make_response_promise<app_answer>()};
  auto promise = next.promise;
  const auto& limits = home_->settings.app;
  if (under_way_.size() >= limits.concurrency && waiting_.size() >= limits.max_waiting) {
    if (const auto request = question.request.lock())
      finish(next, *request, failure(rpc_failure::refused, "too many calls are waiting"));
    return promise;
  }
  waiting_.push_back(std::move(next));
  start_waiting();
  return promise;
}

void app_server_state::start_waiting() {
  while (!waiting_.empty() && under_way_.size() < home_->settings.app.concurrency) {
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    if (auto request = next.request.lock())
      attempt(std::move(next), std::move(request));
    else
      cancel(next);
  }
  show_pending();
}

void app_server_state::cancel(call& abandoned) {
  home_->here.app_counters.cancelled.add();
  abandoned.promise.deliver(app_answer{failure(rpc_failure::refused, "nobody waits for it any more")});
}

void app_server_state::attempt(call next, std::shared_ptr<const rpc_request> request) {
  const auto now = self_->clock().now();
  if (next.started == time_point{})
    next.started = now;
  const auto& limits = home_->settings.app;
  if (now >= next.started + limits.command_timeout) {
    finish(next, *request, failure(rpc_failure::timed_out, "no free slot in time for another try"));
    return;
  }
  if (!breaker_.allow(now)) {
    finish(next, *request,
           failure(rpc_failure::refused, "too many calls failed lately, the next try is due within 5 s"));
    return;
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(next.started + limits.command_timeout - now);
  const auto timeout = limits.request_timeout.count() > 0 ? std::min(left, limits.request_timeout) : left;
  const auto id = ++last_id_;
  next.kept = request;
  under_way_.emplace(id, std::move(next));
  transport_->call(std::move(request), timeout, [self = app_server_actor{self_}, id](rpc_outcome outcome) {
    caf::anon_send(self, app_replied{id, std::make_shared<rpc_outcome>(std::move(outcome))});
  });
}

void app_server_state::finish_attempt(const app_replied& news) {
  auto found = under_way_.extract(news.id);
  if (!found)
    return;
  auto& ended = found.mapped();
  const auto before = breaker_.now_in();
  breaker_.record(is_transport_failure(*news.outcome), self_->clock().now());
  auto& counted = home_->here.app_counters;
  (shows_presence(*news.outcome) ? counted.answers : counted.failures).add();
  if (breaker_.now_in() != before)
    log(log_level::warn, "app server breaker", {{"state", std::string{name_of(breaker_.now_in())}}});
  if (const std::uint64_t open = breaker_.now_in() == circuit_breaker::state::closed ? 0 : 1;
      open != home_->here.app_counters.breaker_open.get()) {
    home_->here.app_counters.breaker_open.set(open);
    report(home_->here, event_kind::app_server, open != 0 ? "failing" : "ok");
  }
  const auto request = std::exchange(ended.kept, nullptr);
  start_waiting();  // first, as waiting calls need the free slot
  if (const auto* error = std::get_if<rpc_error>(news.outcome.get());
      error == nullptr || !retry(ended, *request, *error))
    finish(ended, *request, news.outcome);
  show_pending();
}

bool app_server_state::retry(call& failed, const rpc_request& request, const rpc_error& why) {
  // A client's message has an effect each time, and an application that replied "later" may have handled it already.
  const bool repeatable = request.command != "message";
  if (why.why != rpc_failure::unavailable && (why.why != rpc_failure::exhausted || !repeatable))
    return false;
  const auto first = why.why == rpc_failure::unavailable ? first_retry : first_exhausted_retry;
  const auto pause = first * (1 << std::min(failed.retries, 10U));
  if (self_->clock().now() + pause >= failed.started + home_->settings.app.command_timeout)
    return false;
  ++failed.retries;
  home_->here.app_counters.retries.add();
  const auto id = ++last_id_;
  backing_off_.emplace(id, std::move(failed));
  self_->delayed_send(self_, pause, app_retry{id});
  return true;
}

void app_server_state::finish(call& ended, const rpc_request& request, std::shared_ptr<rpc_outcome> outcome) {
  const auto now = self_->clock().now();
  const std::chrono::duration<double> took =
      ended.started == time_point{} ? time_point::duration::zero() : now - ended.started;
  home_->here.app_counters.observe(request.method, *outcome, took.count());
  const auto* error = std::get_if<rpc_error>(outcome.get());
  // Calls that were not attempted are reported once, by the breaker.
  const bool worth_a_warning =
      error != nullptr ? error->why != rpc_failure::refused : std::get<rpc_reply>(*outcome).status == rpc_status::error;
  if (const auto level = worth_a_warning ? log_level::warn : log_level::debug; log_enabled(level))
    log(level, worth_a_warning ? "app server call failed" : "app server called",
        {{"sid", request.sid},
         {"method", std::string{name_of(request.method)}},
         {"status", std::string{status_of(*outcome)}},
         {"detail", std::string{utf8_prefix(
                        error == nullptr ? std::get<rpc_reply>(*outcome).error_message : error->detail, max_detail)}},
         {"ms", std::lround(took.count() * 1'000)}});
  ended.promise.deliver(app_answer{std::move(outcome)});
}

// Answers all callers, so that they can end.
void app_server_state::end_all() {
  const auto end = [](call& unanswered) {
    unanswered.promise.deliver(app_answer{failure(rpc_failure::refused, "the daemon stops")});
  };
  std::ranges::for_each(waiting_, end);
  for (auto* calls : {&under_way_, &backing_off_})
    for (auto& [id, unanswered] : *calls)
      end(unanswered);
  waiting_.clear();
  under_way_.clear();
  backing_off_.clear();
}

void app_server_state::show_pending() {
  home_->here.app_counters.pending.set(waiting_.size() + under_way_.size() + backing_off_.size());
}

app_server_actor spawn_app_server(lane_home& home, std::shared_ptr<app_transport> transport) {
  return spawn_on<app_server_actor, app_server_state>(home.here.system, home.runs_on, home, std::move(transport));
}

}  // namespace ability
