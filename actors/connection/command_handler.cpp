#include "actors/connection/command_handler.hpp"

#include <algorithm>
#include <caf/typed_event_based_actor.hpp>
#include <chrono>
#include <utility>

#include "actors/connection/history_exchange.hpp"
#include "actors/connection/presence_commands.hpp"
#include "actors/connection/registration.hpp"
#include "actors/connection/resumption.hpp"
#include "actors/ingress/ingress.hpp"
#include "actors/node/log.hpp"

namespace ability {

namespace {

// Time after the first subscribe in which a repeated one gets its own confirmation. @anycable/core repeats after 5 s,
// once, and unsubscribes if it gets a confirmation that it no longer waits for.
constexpr std::chrono::seconds repeats_are_answered{3};

}  // namespace

// -- order ---

void command_handler::take(client_command&& command) {
  if (!client_.is_admitted()) {
    fail("not let in yet", command);
    done();
  } else if (is_too_fast(command)) {
    done();
  } else if (is_repeated(command)) {
    owes_confirmation_ |= client_.self->clock().now() - client_.application.asked_at() < repeats_are_answered;
    done();
  } else if (queue_.is_busy()) {
    queue_.add(std::move(command));
  } else {
    handle(std::move(command));
  }
}

bool command_handler::is_too_fast(const client_command& command) {
  const auto rate = client_.home->settings.max_commands_per_second;
  if (rate == 0 || command.type == command_type::pong || queue_.pay(rate, client_.self->clock().now()))
    return false;
  client_.home->counters.rate_limited_commands.add();
  fail("too many commands", command);
  if (command.type == command_type::subscribe && !is_wanted(command.identifier))
    client_.session->tell(reply::rejected{command.identifier, command.tag, "too many commands"});
  else
    client_.session->tell(reply::throttled{command});
  return true;
}

// True if a subscription exists or is on its way: rejecting a repeated subscribe would take it from the client.
bool command_handler::is_wanted(const std::string& identifier) const {
  return client_.subscriptions.find(identifier) != nullptr || client_.application.is_about(identifier) ||
         queue_.holds(identifier);
}

// True if the command repeats the subscribe that the application is being asked about. One answer serves all
// repetitions; @rails/actioncable repeats twice a second.
bool command_handler::is_repeated(const client_command& command) const {
  return command.type == command_type::subscribe && client_.application.is_subscribe() &&
         client_.application.is_about(command.identifier) && !queue_.holds(command.identifier);
}

void command_handler::handle(client_command&& command) {
  switch (command.type) {
    case command_type::subscribe:
      subscribe(std::move(command));
      return;
    case command_type::unsubscribe:
      unsubscribe(command);
      return;
    case command_type::message:
      perform(command);
      return;
    case command_type::whisper:
      whisper(command);
      break;
    case command_type::history:
      if (client_.subscriptions.find(command.identifier) != nullptr) {
        static const auto asks_nothing = std::make_shared<const history_request>();
        queue_.hold();
        replay(command.identifier, command.tag, command.history == nullptr ? asks_nothing : command.history,
               [this] { answered(); });
        return;
      }
      drop("unknown subscription", command);
      break;
    case command_type::presence:
    case command_type::join:
    case command_type::leave:
      if (presence_commands{client_, *this}.handle(command))
        return;
      break;
    case command_type::ping:
      client_.session->tell(reply::pong{});
      break;
    case command_type::pong:
      break;
  }
  done();
}

void command_handler::answered(bool ends_connection) {
  if (ends_connection) {
    end_connection({close_reason::kind::finished}, "application");
    return;
  }
  done();
  go_on();
}

void command_handler::go_on() {
  queue_.release();
  while (auto next = queue_.next())
    handle(std::move(*next));
  if (client_.phase == connection_phase::leaving)
    finish();
}

void command_handler::end_connection(const close_reason& why, std::string_view reason) {
  client_.forfeit_session();
  queue_.release();
  queue_.clear();
  client_.session->close(why);
  client_.leave(reason);
  finish();
}

// Present subscribers of a stream that failed are told to come back, too.
void command_handler::reconnect() {
  end_connection({close_reason::kind::disconnected, disconnect_reason::server_restart, true},
                 disconnect_reason::server_restart);
}

void command_handler::finish() {
  queue_.drop_subscribes();
  if (client_.application.is_subscribe())
    client_.application.withdraw();
  if (queue_.is_idle())
    client_.self->quit();
}

void command_handler::fail(std::string_view why, const client_command& command) {
  client_.home->counters.failed_client_messages.add();
  if (log_enabled(log_level::debug))
    log(log_level::debug, "command dropped",
        {{"sid", client_.sid}, {"why", std::string{why}}, {"identifier", command.identifier}});
}

void command_handler::reject(std::string_view identifier, std::uint32_t tag, std::string_view why) {
  owes_confirmation_ = false;
  client_.session->tell(reply::rejected{identifier, tag, why});
}

void command_handler::drop(std::string_view why, const client_command& command) {
  fail(why, command);
  client_.session->tell(reply::dropped{command, why});
}

// -- commands ---

void command_handler::subscribe(client_command&& command) {
  const auto& settings = client_.home->settings;
  owes_confirmation_ = false;
  if (const auto* present = client_.subscriptions.find(command.identifier)) {
    client_.session->tell(reply::confirmed{command.identifier, command.tag});
    send_pending_replies(*present, nullptr, {});
    if (command.history == nullptr)
      tell_beginning(client_, *present, command.tag, {});
    if (command.history == nullptr && command.presence == nullptr) {
      done();
      return;
    }
    queue_.hold();
    auto join = [this, identifier = command.identifier, asked = command.presence] {
      presence_commands{client_, *this}.conclude(identifier, {}, {}, asked, false);
    };
    if (command.history != nullptr)
      replay(command.identifier, command.tag, std::move(command.history), std::move(join));
    else
      join();
    return;
  }
  const auto named = named_stream_of(command.identifier, settings.streams);
  const auto bound = client_.subscriptions.limit_for(command.identifier, settings);
  if (bound)
    client_.home->counters.hit(*bound);
  if (bound || (named ? named->has_error() : !client_.application.exists())) {
    const auto why = bound   ? subscriptions::words_for(*bound).what
                     : named ? std::string_view{named->error().detail}
                             : "no application handles this channel";
    fail(why, command);
    reject(command.identifier, command.tag, why);
    done();
  } else if (named) {
    subscribe_to(**named, std::move(command));
  } else {
    by_application_.decide(command, nullptr);
  }
}

void command_handler::subscribe_to(const named_stream& named, client_command&& command) {
  queue_.hold();
  auto& added = client_.subscriptions.add(std::move(command.identifier), command.tag);
  added.may_whisper = named.whisper;
  added.may_be_present = named.presence;
  client_.subscriptions.follow(
      client_.self, *client_.home, added, {named.stream}, command.history,
      [this, identifier = added.identifier, history = command.history,
       asked = command.presence](const subscriptions::outcome& outcome) {
        if (outcome.stream_failed) {
          reconnect();
          return;
        }
        auto& subscribed = *client_.subscriptions.find(identifier);
        if (outcome.kept_out) {
          client_.home->counters.failed_client_messages.add();
          reject(identifier, subscribed.tag, subscriptions::words_for(*outcome.kept_out).what);
          client_.subscriptions.remove(client_.self, client_.home->here, subscribed);
          answered();
          return;
        }
        subscribed.confirmed = client_.phase == connection_phase::open;
        note_change(client_);
        client_.session->tell(reply::confirmed{identifier, subscribed.tag});
        if (history == nullptr)
          tell_beginning(client_, subscribed, subscribed.tag, {});
        send_pending_replies(subscribed, history.get(), outcome.held);
        presence_commands{client_, *this}.conclude(identifier, {}, {}, asked, false);
      },
      room_for_missed(client_, command.history.get()));
}

void command_handler::send_pending_replies(const subscriptions::entry& of, const history_request* asked,
                                           const std::vector<subscriptions::held_stream>& held) {
  if (std::exchange(owes_confirmation_, false))
    client_.session->tell(reply::confirmed{of.identifier, of.tag});
  if (asked != nullptr)
    send_history(client_, of.identifier, of.tag, *asked, held);
}

// Not while another command waits. Calls `then` once the client was sent what it missed.
void command_handler::replay(const std::string& identifier, std::uint32_t tag,
                             std::shared_ptr<const history_request> asked, std::function<void()> then) {
  if (auto& of = *client_.subscriptions.find(identifier); of.awaited != nullptr)
    follow_with_history(client_, *this, of, tag, asked, std::move(then));
  else
    exchange_history(client_, identifier, tag, std::move(asked), {}, std::move(then));
}

void command_handler::follow_awaited() {
  const auto found =
      std::ranges::find_if(client_.subscriptions, [](const auto& each) { return each.awaited != nullptr; });
  if (client_.phase != connection_phase::open || found == client_.subscriptions.end())
    return;
  if (!queue_.is_idle()) {
    static constexpr std::chrono::milliseconds pause{100};
    client_.self->delayed_send(client_.self, pause, ability::follow_awaited{});
    return;
  }
  queue_.hold();
  follow_with_history(client_, *this, *client_.subscriptions.find(found->identifier), found->tag, nullptr, [this] {
    client_.self->send(client_.self, ability::follow_awaited{});
    go_on();
  });
}

void command_handler::unsubscribe(const client_command& command) {
  auto* const old = client_.subscriptions.find(command.identifier);
  if (old != nullptr && old->state != nullptr) {
    by_application_.decide(command, old->state.get());
    return;
  }
  if (old != nullptr) {
    presence_commands::leave(client_, *old);
    client_.subscriptions.remove(client_.self, client_.home->here, *old);
    note_change(client_);
  } else {
    fail("unknown subscription", command);
  }
  done();
}

void command_handler::perform(const client_command& command) {
  const auto* target = client_.subscriptions.find(command.identifier);
  if (target != nullptr && target->state != nullptr) {
    by_application_.decide(command, target->state.get());
    return;
  }
  fail(target == nullptr ? "unknown subscription" : "nobody handles messages", command);
  done();
}

void command_handler::whisper(const client_command& command) {
  const auto* from = client_.subscriptions.find(command.identifier);
  const auto* stream = from == nullptr ? nullptr : from->whisper_stream();
  if (stream == nullptr) {
    drop(from == nullptr ? "unknown subscription" : "no whispering here", command);
  } else if (client_.home->here.gate.full()) {
    client_.home->counters.refused_broadcasts.add();
    drop("too many broadcasts are pending", command);
  } else {
    publish(*client_.home,
            std::vector<broadcast>{{.stream = *stream,
                                    .data = command.data,
                                    .data_is_json = command.data_is_json,
                                    .exclude_socket = client_.sid,
                                    .transient = true}},
            scope::everywhere);
  }
}

}  // namespace ability
