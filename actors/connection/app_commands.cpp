#include "actors/connection/app_commands.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <chrono>
#include <memory>
#include <utility>

#include "actors/connection/command_handler.hpp"
#include "actors/connection/history_exchange.hpp"
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

}  // namespace

// -- questions ---

void app_commands::decide(const client_command& command, const text_map* state) {
  ask(command, state,
      [this, of = client_command{.type = command.type,
                                 .identifier = command.identifier,
                                 .tag = command.tag,
                                 .history = command.history}](const rpc_outcome& outcome) {
        if (!has_succeeded(outcome))
          client_.home->counters.failed_client_messages.add();
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
  client_.application.ask(client_.self, client_.home->here.app_server,
                          client_.application.command(client_.sid, client_.identity, about, state),
                          client_.self->clock().now(), std::move(then));
}

// -- answers ---

void app_commands::finish_subscribe(const client_command& command, const rpc_outcome& outcome) {
  const auto& identifier = command.identifier;
  const auto tag = command.tag;
  const auto* decision = decision_of(outcome);
  if (has_succeeded(outcome)) {
    auto& added = client_.subscriptions.add(identifier, tag);
    added.state = std::make_unique<text_map>();
    take_effects(added, *decision, &command);
    return;
  }
  if (decision != nullptr && !decision->transmissions.empty()) {
    handler_.forget_pending_replies();
    client_.transmit(decision->transmissions);
  } else {
    handler_.reject(identifier, tag, "the application refused it");
  }
  client_.session->tell(reply::settled{identifier, tag, false});
  const auto* reply = std::get_if<rpc_reply>(&outcome);
  handler_.answered(reply != nullptr && reply->disconnect);
}

void app_commands::finish_unsubscribe(const std::string& identifier, const rpc_reply* decision) {
  client_.subscriptions.remove(client_.self, client_.home->here, *client_.subscriptions.find(identifier));
  if (decision != nullptr) {
    client_.application.merge(*decision);
    client_.transmit(decision->transmissions);
  }
  handler_.answered(decision != nullptr && decision->disconnect);
}

void app_commands::finish_message(const std::string& identifier, const rpc_reply* decision) {
  if (decision != nullptr)
    take_effects(*client_.subscriptions.find(identifier), *decision, nullptr);
  else
    handler_.answered();
}

// Follows the order of docs/protocols/app-rpc.md "command": streams are attached before transmissions arrive.
// `subscribing`: the command that asked for `of`; null: it was there before.
void app_commands::take_effects(subscriptions::entry& of, const rpc_reply& reply, const client_command* subscribing) {
  client_.application.merge(reply, of);
  client_.subscriptions.stop(client_.self, of, reply.stopped_streams, reply.stop_streams);
  if (client_.phase == connection_phase::leaving) {
    // Followed if the session comes back.
    if (client_.resumable != nullptr)
      client_.subscriptions.plan(of, reply.streams, client_.home->settings, client_.home->counters);
    handler_.answered();
    return;
  }
  auto history = subscribing == nullptr ? nullptr : subscribing->history;
  client_.subscriptions.follow(
      client_.self, *client_.home, of, reply.streams, history,
      [this, identifier = of.identifier, transmissions = reply.transmissions, ends = reply.disconnect,
       subscribes = subscribing != nullptr, history](const subscriptions::outcome& outcome) {
        if (outcome.stream_failed) {
          handler_.reconnect();
          return;
        }
        auto& subscribed = *client_.subscriptions.find(identifier);
        if (outcome.kept_out) {
          const auto [what, option] = subscriptions::words_for(*outcome.kept_out);
          log(log_level::warn, "stream not followed",
              {{"sid", client_.sid},
               {"identifier", identifier},
               {"reason", std::string{what}.append(" (").append(option).append(")")}});
          if (subscribes) {
            take_back(subscribed, what, ends);
            return;
          }
        }
        subscribed.confirmed = true;
        client_.transmit(transmissions);
        client_.session->tell(reply::settled{identifier, subscribed.tag, true});
        if (history != nullptr)
          send_history(client_, identifier, *history, outcome.held);
        handler_.send_pending_replies(subscribed);
        handler_.answered(ends);
      });
}

// The application has accepted a subscribe that cannot be carried out: tells it that there is no subscription.
void app_commands::take_back(subscriptions::entry& subscribed, std::string_view why, bool ends_connection) {
  client_.home->counters.failed_client_messages.add();
  handler_.reject(subscribed.identifier, subscribed.tag, why);
  ask({.type = command_type::unsubscribe, .identifier = subscribed.identifier}, subscribed.state.get(),
      [this, ends_connection](const rpc_outcome&) { handler_.answered(ends_connection); });
  client_.subscriptions.remove(client_.self, client_.home->here, subscribed);
}

}  // namespace ability
