#include "actors/monitor/monitor_session.hpp"

#include <algorithm>
#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <caf/system_messages.hpp>
#include <utility>

#include "actors/cluster/messages.hpp"
#include "actors/monitor/rights.hpp"
#include "actors/node/log.hpp"
#include "actors/runtime/pinned.hpp"
#include "protocol/auth/secret.hpp"
#include "protocol/monitor/answers.hpp"

namespace ability {

namespace {

constexpr std::chrono::seconds tick{1};

// Unread bytes of a program above which its requests are refused.
constexpr std::uint64_t max_unsent_to_ask = std::uint64_t{1} << 20;

}  // namespace

// CAF keeps a record of an ended observer, and with it the memory of its actor, until the observed actor ends.
monitor_session_state::~monitor_session_state() {
  self_->demonitor(home_->here.monitor.address());
  if (way_ != nullptr)
    way_->close("the monitor session has ended");
}

void monitor_session_state::start(lane_home& home, peer_connection_ptr way) {
  home_ = &home;
  way_ = std::move(way);
  taken_ = way_->bytes_sent();
  const auto& settings = home.settings.monitor;
  rights_.may_read = settings.read_secret.empty();
}

monitor_session_actor::behavior_type monitor_session_state::make_behavior() {
  last_asked_ = self_->clock().now();
  self_->monitor(home_->here.monitor);
  self_->set_down_handler([this](const caf::down_msg& who) { lost(who); });
  self_->set_default_handler([this](caf::scheduled_actor*, caf::message_view&) -> caf::result<caf::message> {
    way_->message_handled();
    return caf::sec::unexpected_message;
  });
  self_->delayed_send(self_, tick, monitor_session_tick{});
  return {
      [this](const std::string& verb, const std::string& arguments) { return take(verb, arguments); },
      [this](const feed& news) { tell(news); },
      [this](const peer_connection_closed&) {
        way_ = nullptr;
        self_->quit();
      },
      [this](monitor_session_tick) { look_at_clock(); },
  };
}

// -- queries ---

monitor_session_state::promise monitor_session_state::take(const std::string& verb, const std::string& arguments) {
  const auto asker = caf::actor_cast<caf::actor>(self_->current_sender());  // first, as the promise takes the sender
  auto to = self_->make_response_promise<std::string>();
  way_->message_handled();
  asked_ = true;
  last_asked_ = self_->clock().now();
  const auto what = decode_question(verb, arguments);
  if (!what)
    answer(to, refusal_of(what.error()));
  else if (wrong_secrets_ >= max_wrong_secrets)
    answer(to, encode_failure(monitor_error::wrong_secret, "three secrets were wrong, this connection is closed"));
  else if (auto refusal = refusal_of(*what, rights_, home_->settings.monitor); !refusal.empty())
    answer(to, std::move(refusal));
  else
    take({verb, arguments, rights_}, *what, asker, to);
  return to;
}

// Gives a program with the right to ask a place of its own, if one is free.
bool monitor_session_state::admit(const promise& to) {
  if (way_->admit())
    return true;
  answer(to, encode_failure(monitor_error::busy, "too many monitoring programs are attached, detach one"));
  end("too many monitoring programs");
  return false;
}

void monitor_session_state::take(const ask_monitor& asked, const monitor_question& what, const caf::actor& asker,
                                 const promise& to) {
  if (const auto* claim = std::get_if<verb::login>(&what)) {
    auto verdict = log_in(*claim);
    if (!rights_.may_read || admit(to))
      answer(to, std::move(verdict));
  } else if (!admit(to)) {
    return;
  } else if (const auto* wish = std::get_if<verb::watch>(&what)) {
    watch(*wish, asker, to);
  } else if (std::holds_alternative<verb::unwatch>(what)) {
    answer(to, unwatch());
  } else if (under_way_ >= max_under_way || unsent() > max_unsent_to_ask) {
    answer(to, encode_failure(monitor_error::busy, "wait for answers to earlier questions, and read them"));
  } else {
    if (is_command(what))
      log(log_level::info, "monitor command", {{"peer", way_->peer()}, {"verb", asked.verb}});
    ++under_way_;
    self_->request(home_->here.monitor, patience, asked)
        .then(
            [this, to](monitor_answer& found) {
              --under_way_;
              answer(to, std::move(found.json));
            },
            [this, to](const caf::error&) {
              --under_way_;
              answer(to, encode_failure(monitor_error::busy, "the node did not answer in time, ask again"));
            });
  }
}

std::string monitor_session_state::log_in(const verb::login& claim) {
  const auto& settings = home_->settings.monitor;
  const bool commands = constant_time_equal(claim.secret, settings.command_secret) && !settings.command_secret.empty();
  const bool reads = constant_time_equal(claim.secret, settings.read_secret) && !settings.read_secret.empty();
  const bool nothing_to_know = settings.command_secret.empty() && settings.read_secret.empty();
  if (!commands && !reads && !nothing_to_know) {
    note_refusal(*home_, refusal_reason::monitor_login_secret, way_->peer(),
                 "it is neither the monitor secret nor the cluster secret");
    ++wrong_secrets_;
    return encode_failure(monitor_error::wrong_secret, "this is neither the monitor secret nor the cluster secret");
  }
  rights_.may_read = true;
  rights_.may_command = rights_.may_command || commands;
  return encode_login(rights_.may_read, rights_.may_command);
}

// -- the feed ---

void monitor_session_state::watch(const verb::watch& wish, const caf::actor& asker, const promise& to) {
  if (!asker)
    return;  // without a sender there is no receiver of an answer, either
  follow(asker);
  self_->request(home_->here.monitor, patience, watch_node{monitor_session_actor{self_}, wish.interval, wish.events})
      .then(
          [this, to](monitor_answer& found) {
            if (found.json != encode_watching(true))
              follow(nullptr);
            answer(to, std::move(found.json));
          },
          [this, to](const caf::error&) {
            answer(to, encode_failure(monitor_error::busy, "the node did not answer in time, ask again"));
          });
}

void monitor_session_state::follow(const caf::actor& program) {
  if (program_)
    self_->demonitor(program_.address());
  program_ = program;
  if (program_)
    self_->monitor(program_);
}

std::string monitor_session_state::unwatch() {
  follow(nullptr);
  caf::anon_send(home_->here.monitor, unwatch_node{monitor_session_actor{self_}});
  return encode_watching(false);
}

void monitor_session_state::tell(const feed& news) {
  if (!program_)
    return;
  if (unanswered_ >= max_unanswered) {
    log(log_level::warn, "watcher too slow", {{"peer", way_->peer()}});
    home_->counters.hit(limit::monitor_pending);
    end("watcher too slow");
    return;
  }
  ++unanswered_;
  count_sent(news.json->size());
  if (way_ == nullptr)
    return;
  // No timeout: unanswered feed messages are bounded in number, and end with the connection.
  self_->request(program_, caf::infinite, news.kind, *news.json)
      .then([this] { take_credit({}); }, [this](const caf::error& why) { take_credit(why); });
}

void monitor_session_state::take_credit(const caf::error& why) {
  --unanswered_;
  // CAF's own error for a program that is gone is not a message of the program.
  if (why != caf::sec::request_receiver_down)
    way_->message_handled();
}

void monitor_session_state::lost(const caf::down_msg& who) {
  if (program_ && who.source == program_.address())
    unwatch();
  else if (who.source == home_->here.monitor.address())
    end("the node stops");
}

// -- bounds ---

void monitor_session_state::look_at_clock() {
  const auto silent = self_->clock().now() - last_asked_;
  if (wrong_secrets_ >= max_wrong_secrets)
    end("three wrong secrets");
  else if (!asked_ && silent >= first_question_within)
    end("nothing was asked");
  else if (!program_ && silent >= idle_after)
    end("idle");
  else
    self_->delayed_send(self_, tick, monitor_session_tick{});
}

void monitor_session_state::answer(promise to, std::string json) {
  count_sent(json.size());
  to.deliver(std::move(json));
}

void monitor_session_state::count_sent(std::size_t bytes) {
  unsent_ = unsent() + bytes;
  if (unsent_ > max_unsent && way_ != nullptr) {
    home_->counters.hit(limit::monitor_pending);
    end("reads too slowly");
  }
}

// Bytes that are sent beside our texts, such as heartbeats, must not count as credit for unsent texts.
std::uint64_t monitor_session_state::unsent() {
  if (way_ == nullptr)
    return 0;
  const auto taken = way_->bytes_sent();
  unsent_ -= std::min(unsent_, taken - std::exchange(taken_, taken));
  return unsent_;
}

void monitor_session_state::end(std::string_view why) {
  if (const auto way = std::exchange(way_, nullptr)) {
    way->close(why);
    self_->quit();
  }
}

monitor_session_actor spawn_monitor_session(lane_home& home, peer_connection_ptr way) {
  return spawn_on<monitor_session_actor, monitor_session_state>(home.here.system, home.runs_on, home, std::move(way));
}

}  // namespace ability
