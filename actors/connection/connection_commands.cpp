// Handling of a client's commands.
#include <algorithm>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <functional>
#include <numeric>
#include <utility>

#include "actors/connection/connection.hpp"
#include "actors/ingress/ingress.hpp"
#include "actors/node/log.hpp"

namespace ability {

namespace {

// Key of the subscription's state where the application stores the stream for whispers.
constexpr std::string_view whisper_key = "$w";

constexpr std::string_view history_is_off = "history is off";
constexpr std::string_view presence_is_off = "presence is off";

// Time after the first subscribe in which a repeated one gets its own confirmation. @anycable/core repeats after 5 s,
// once, and unsubscribes if it gets a confirmation that it no longer waits for.
constexpr std::chrono::seconds repeats_are_answered{3};

}  // namespace

void connection_state::enqueue(client_command&& command) {
  if (!is_in()) {
    fail("not let in yet", command);
    command_done();
    return;
  }
  if (is_too_fast(command)) {
    command_done();
    return;
  }
  if (is_repeated(command)) {
    dues_.another_confirmation |= std::chrono::steady_clock::now() - question_->asked_at < repeats_are_answered;
    command_done();
    return;
  }
  if (busy_) {
    waiting_.push_back(std::move(command));
    return;
  }
  handle(std::move(command));
}

// True if the command repeats the subscribe that the application is being asked about. One answer serves all
// repetitions; @rails/actioncable repeats twice a second.
bool connection_state::is_repeated(const client_command& command) const {
  return command.type == command_type::subscribe && question_ != nullptr && question_->request.command == "subscribe" &&
         question_->request.identifier == command.identifier &&
         std::ranges::find(waiting_, command.identifier, &client_command::identifier) == waiting_.end();
}

// A command costs one `rate`-th of a second; a second's worth may be spent at once.
bool connection_state::is_too_fast(const client_command& command) {
  using namespace std::chrono_literals;
  const auto rate = home_->settings.max_commands_per_second;
  if (rate == 0 || command.type == command_type::pong)
    return false;
  const auto now = std::chrono::steady_clock::now();
  const auto paid_until = std::max(allowance_, now - 1s) + std::chrono::nanoseconds{1s} / rate;
  if (paid_until <= now) {
    allowance_ = paid_until;
    return false;
  }
  home_->counters.rate_limited_commands.add();
  fail("too many commands", command);
  if (command.type == command_type::subscribe && !is_wanted(command.identifier))
    client_->tell(reply::rejected{command.identifier, command.tag, "too many commands"});
  else
    client_->tell(reply::throttled{command});
  return true;
}

// True if a subscription exists or is on its way: rejecting a repeated subscribe would take it from the client.
bool connection_state::is_wanted(const std::string& identifier) {
  return find(identifier) != subscriptions_.end() ||
         (question_ != nullptr && question_->request.identifier == identifier) ||
         std::ranges::find(waiting_, identifier, &client_command::identifier) != waiting_.end();
}

void connection_state::handle_waiting() {
  while (!busy_ && !waiting_.empty()) {
    auto next = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    handle(std::move(next));
  }
}

void connection_state::handle(client_command&& command) {
  switch (command.type) {
    case command_type::subscribe:
      handle_subscribe(std::move(command));
      return;
    case command_type::unsubscribe:
      handle_unsubscribe(std::move(command));
      return;
    case command_type::message:
      handle_message(std::move(command));
      return;
    case command_type::whisper:
      handle_whisper(command);
      break;
    case command_type::history:
    case command_type::presence:
    case command_type::join:
    case command_type::leave:
      refuse_feature(command);
      break;
    case command_type::ping:
      client_->tell(reply::pong{});
      break;
    case command_type::pong:
      break;
  }
  command_done();
}

void connection_state::command_done() { client_->command_done(); }

// Ends a command that had to wait for an answer.
void connection_state::command_answered() {
  busy_ = false;
  command_done();
  handle_waiting();
  if (leaving_)
    quit_when_answered({});
}

void connection_state::fail(std::string_view why, const client_command& command) {
  home_->counters.failed_client_messages.add();
  if (log_enabled(log_level::debug))
    log(log_level::debug, "command dropped",
        {{"sid", sid_}, {"why", std::string{why}}, {"identifier", command.identifier}});
}

// -- subscribe ---

void connection_state::handle_subscribe(client_command&& command) {
  const auto& settings = home_->settings;
  dues_ = {.history = command.with_history, .presence = command.with_presence};
  if (find(command.identifier) != subscriptions_.end()) {
    client_->tell(reply::confirmed{command.identifier, command.tag});
    pay_dues(command.identifier);
    command_done();
    return;
  }
  auto named = named_stream_of(command.identifier, settings.streams);
  const bool too_many = subscriptions_.size() >= settings.max_subscriptions;
  const bool too_long = identifier_bytes() + command.identifier.size() > settings.max_identifier_bytes;
  if (too_many || too_long)
    home_->counters.hit(too_many ? limit::subscriptions : limit::identifier_bytes);
  if (too_many || too_long || (named ? named->has_error() : application_ == nullptr)) {
    const auto why = too_many   ? "too many subscriptions"
                     : too_long ? "the identifiers of all subscriptions are too long together"
                     : named    ? named->error().detail
                                : "no application handles this channel";
    dues_ = {};
    fail(why, command);
    client_->tell(reply::rejected{command.identifier, command.tag, why});
    command_done();
    return;
  }
  busy_ = true;
  if (!named) {
    subscribe_by_application(std::move(command));
    return;
  }
  auto& added = subscriptions_.emplace_back(subscription{std::move(command.identifier), {}});
  added.may_whisper = (*named)->whisper;
  added.tag = command.tag;
  follow(added, {(*named)->stream}, [this, identifier = added.identifier, tag = added.tag] {
    if (const auto bound = std::exchange(kept_out_, {})) {
      home_->counters.failed_client_messages.add();
      subscriptions_.erase(find(identifier));
      client_->tell(reply::rejected{identifier, tag, why_kept_out(*bound)});
      dues_ = {};
    } else {
      client_->tell(reply::confirmed{identifier, tag});
      pay_dues(identifier);
    }
    command_answered();
  });
}

// History and presence are not stored.
void connection_state::pay_dues(const std::string& identifier) {
  const auto owed = std::exchange(dues_, {});
  if (owed.another_confirmation)
    client_->tell(reply::confirmed{identifier, find(identifier)->tag});
  if (owed.history)
    client_->tell(
        reply::dropped{client_command{.type = command_type::history, .identifier = identifier}, history_is_off});
  if (owed.presence)
    client_->tell(
        reply::dropped{client_command{.type = command_type::join, .identifier = identifier}, presence_is_off});
}

void connection_state::refuse_feature(const client_command& command) {
  const auto why = command.type == command_type::history ? history_is_off : presence_is_off;
  fail(why, command);
  client_->tell(reply::dropped{command, why});
}

std::size_t connection_state::identifier_bytes() const {
  return std::transform_reduce(subscriptions_.begin(), subscriptions_.end(), std::size_t{0}, std::plus<>{},
                               [](const auto& each) { return each.identifier.size(); });
}

// -- unsubscribe ---

void connection_state::handle_unsubscribe(client_command&& command) {
  auto old = find(command.identifier);
  if (old == subscriptions_.end()) {
    fail("unknown subscription", command);
    command_done();
    return;
  }
  if (old->state == nullptr) {
    leave(*old);
    subscriptions_.erase(old);
    command_done();
    return;
  }
  busy_ = true;
  auto request = command_request(command, old->state.get());
  ask(std::move(request), [this, identifier = std::move(command.identifier)](rpc_outcome& outcome) {
    finish_unsubscribe(identifier, outcome);
  });
}

// -- message ---

void connection_state::handle_message(client_command&& command) {
  auto target = find(command.identifier);
  if (target == subscriptions_.end() || target->state == nullptr) {
    fail(target == subscriptions_.end() ? "unknown subscription" : "nobody handles messages", command);
    command_done();
    return;
  }
  busy_ = true;
  auto request = command_request(command, target->state.get());
  ask(std::move(request), [this, identifier = std::move(command.identifier)](rpc_outcome& outcome) {
    finish_message(identifier, outcome);
  });
}

// -- whisper ---

void connection_state::handle_whisper(const client_command& command) {
  const auto from = find(command.identifier);
  const std::string* stream = nullptr;
  if (from != subscriptions_.end() && from->state != nullptr) {
    if (const auto found = from->state->find(whisper_key); found != from->state->end())
      stream = &found->second;
  } else if (from != subscriptions_.end() && from->may_whisper && !from->streams.empty()) {
    stream = from->streams.front().stream.get();
  }
  if (stream == nullptr) {
    const auto* why = from == subscriptions_.end() ? "unknown subscription" : "no whispering here";
    fail(why, command);
    client_->tell(reply::dropped{command, why});
    return;
  }
  if (home_->here.gate.full()) {
    home_->counters.refused_broadcasts.add();
    fail("too many broadcasts are pending", command);
    client_->tell(reply::dropped{command, "too many broadcasts are pending"});
    return;
  }
  publish(*home_,
          std::vector<broadcast>{{.stream = *stream,
                                  .data = command.data,
                                  .data_is_json = command.data_is_json,
                                  .exclude_socket = sid_,
                                  .transient = true}},
          reach::everywhere);
}

}  // namespace ability
