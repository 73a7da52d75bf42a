#include "actors/connection/app_commands.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <chrono>
#include <memory>
#include <utility>

#include "actors/connection/command_handler.hpp"
#include "actors/connection/history_exchange.hpp"
#include "actors/connection/presence_commands.hpp"
#include "actors/connection/registration.hpp"
#include "actors/node/log.hpp"

namespace ability {

namespace {

// The reply, unless it is missing or the application failed.
const rpc_reply* decision_of(const rpc_outcome& outcome) {
  const auto* reply = std::get_if<rpc_reply>(&outcome);
  return reply == nullptr || reply->status == rpc_status::error ? nullptr : reply;
}

bool has_succeeded(const rpc_outcome& outcome) {
  const auto* reply = std::get_if<rpc_reply>(&outcome);
  return reply != nullptr && reply->status == rpc_status::success;
}

bool changes_session(const rpc_reply& reply) {
  return !reply.connection_state.empty() || !reply.subscription_state.empty() || !reply.streams.empty() ||
         !reply.stopped_streams.empty() || reply.stop_streams || !reply.presence.type.empty();
}

}  // namespace

connected_client& app_commands::client() const noexcept { return handler_.client(); }

// -- questions ---

void app_commands::decide(const client_command& command, const text_map* state) {
  ask(command, state,
      [this, of = client_command{.type = command.type,
                                 .identifier = command.identifier,
                                 .tag = command.tag,
                                 .history = command.history,
                                 .presence = command.presence}](const rpc_outcome& outcome) {
        if (!has_succeeded(outcome))
          client().home->counters.failed_client_messages.add();
        if (of.type == command_type::subscribe)
          finish_subscribe(of, outcome);
        else if (of.type == command_type::unsubscribe)
          finish_unsubscribe(of.identifier, decision_of(outcome));
        else
          finish_message(of.identifier, decision_of(outcome));
      });
}

void app_commands::ask(const client_command& about, const text_map* state, app_dialogue::answer_handler then) {
  handler_.hold();
  auto call = client().application.command(client().sid, client().identity, about, state);
  note_first_question(client());
  client().application.ask(client().self, client().home->here.app_server, std::move(call), client().self->clock().now(),
                           std::move(then));
}

// -- answers ---

void app_commands::finish_subscribe(const client_command& command, const rpc_outcome& outcome) {
  const auto& identifier = command.identifier;
  const auto tag = command.tag;
  const auto* decision = decision_of(outcome);
  if (has_succeeded(outcome)) {
    auto& added = client().subscriptions.add(identifier, tag);
    added.state = std::make_unique<text_map>();
    take_effects(added, *decision, &command);
    return;
  }
  if (decision != nullptr && !decision->transmissions.empty()) {
    handler_.forget_pending_replies();
    client().transmit(decision->transmissions);
  } else {
    handler_.reject(identifier, tag, "the application refused it");
  }
  client().session->tell(reply::settled{identifier, tag, false});
  const auto* reply = std::get_if<rpc_reply>(&outcome);
  handler_.answered(reply != nullptr && reply->disconnect);
}

void app_commands::finish_unsubscribe(const std::string& identifier, const rpc_reply* decision) {
  auto& old = *client().subscriptions.find(identifier);
  presence_commands::leave(client(), old);
  client().subscriptions.remove(client().self, client().home->here, old);
  note_change(client());
  if (decision != nullptr) {
    client().application.merge(*decision);
    client().transmit(decision->transmissions);
  }
  handler_.answered(decision != nullptr && decision->disconnect);
}

void app_commands::finish_message(const std::string& identifier, const rpc_reply* decision) {
  if (decision != nullptr)
    take_effects(*client().subscriptions.find(identifier), *decision, nullptr);
  else
    handler_.answered();
}

// Follows the order of docs/protocols/app-rpc.md "command": streams are attached before transmissions arrive.
// `subscribing`: the command that asked for `of`; null: it was there before.
void app_commands::take_effects(subscriptions::entry& of, const rpc_reply& reply, const client_command* subscribing) {
  client().application.merge(reply, of);
  if (subscribing != nullptr || changes_session(reply))
    note_change(client());
  client().subscriptions.stop(client().self, of, reply.stopped_streams, reply.stop_streams);
  // A session that may come back follows its streams all the same, so that it is known where it began.
  if (client().phase == connection_phase::leaving && client().resumable == nullptr) {
    handler_.answered();
    return;
  }
  auto streams = reply.streams;
  const auto first_stream = streams.empty() ? std::string{} : streams.front();
  if (const auto* present_in = of.presence_stream(); present_in != nullptr && reply.presence.type == "join")
    streams.push_back(*present_in);
  auto history = subscribing == nullptr ? nullptr : subscribing->history;
  auto asked = subscribing == nullptr ? nullptr : subscribing->presence;
  client().subscriptions.follow(
      client().self, *client().home, of, streams, history,
      [this, identifier = of.identifier, transmissions = reply.transmissions, ends = reply.disconnect,
       subscribes = subscribing != nullptr, history, presence = reply.presence, first_stream,
       asked](const subscriptions::outcome& outcome) {
        if (outcome.stream_failed) {
          handler_.reconnect();
          return;
        }
        auto& subscribed = *client().subscriptions.find(identifier);
        if (outcome.kept_out) {
          const auto [what, option] = subscriptions::words_for(*outcome.kept_out);
          log(log_level::warn, "stream not followed",
              {{"sid", client().sid},
               {"identifier", identifier},
               {"reason", std::string{what}.append(" (").append(option).append(")")}});
          if (subscribes) {
            take_back(subscribed, what, ends);
            return;
          }
        }
        subscribed.confirmed = subscribed.confirmed || client().phase == connection_phase::open;
        client().transmit(transmissions);
        client().session->tell(reply::settled{identifier, subscribed.tag, true});
        if (subscribes && history == nullptr)
          tell_beginning(client(), subscribed, subscribed.tag, {});
        handler_.send_pending_replies(subscribed, history.get(), outcome.held);
        presence_commands{client(), handler_}.conclude(identifier, presence, first_stream, asked, ends);
      },
      room_for_missed(client(), history.get()));
}

// The application has accepted a subscribe that cannot be carried out: tells it that there is no subscription.
void app_commands::take_back(subscriptions::entry& subscribed, std::string_view why, bool ends_connection) {
  client().home->counters.failed_client_messages.add();
  handler_.reject(subscribed.identifier, subscribed.tag, why);
  ask({.type = command_type::unsubscribe, .identifier = subscribed.identifier}, subscribed.state.get(),
      [this, ends_connection](const rpc_outcome&) { handler_.answered(ends_connection); });
  client().subscriptions.remove(client().self, client().home->here, subscribed);
}

}  // namespace ability
