// Calls of a connection to the application, and the handling of replies.
#include <algorithm>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <unordered_set>
#include <utility>

#include "actors/connection/connection.hpp"
#include "actors/node/log.hpp"
#include "protocol/app_rpc/app_rpc_json.hpp"

namespace ability {

namespace {

// Returns the option that sets the bound, for the log.
const char* option_of(limit bound) noexcept {
  switch (bound) {
    case limit::connection_streams:
      return " (--max-connection-streams)";
    case limit::stream_identifiers:
      return " (--max-stream-identifiers)";
    default:
      return " (--max-stream-subscriptions)";
  }
}

bool succeeded(const rpc_outcome& outcome) {
  const auto* reply = std::get_if<rpc_reply>(&outcome);
  return reply != nullptr && reply->status == rpc_status::success;
}

}  // namespace

// -- calls ---

void connection_state::ask(rpc_request request, std::function<void(rpc_outcome&)> then) {
  question_ = std::make_shared<const question>(question{std::move(request), std::chrono::steady_clock::now()});
  auto answered = [this, then = std::move(then)](rpc_outcome outcome) {
    question_ = nullptr;
    then(outcome);
  };
  self_
      ->request(home_->here.app_server, caf::infinite,
                app_call{std::shared_ptr<const rpc_request>{question_, &question_->request}})
      .then([answered](const app_answer& answer) { answered(*answer.outcome); },
            [answered](const caf::error&) {
              answered(rpc_error{rpc_failure::refused, "the app server actor is gone"});
            });
}

rpc_request connection_state::command_request(const client_command& command, const text_map* state) const {
  application_->was_asked = true;
  rpc_request request{.method = rpc_method::command,
                      .sid = sid_,
                      .identity = identity_,
                      .command = command.type == command_type::subscribe     ? "subscribe"
                                 : command.type == command_type::unsubscribe ? "unsubscribe"
                                                                             : "message",
                      .identifier = command.identifier,
                      .data = command.data,
                      .env = application_->env};
  if (state != nullptr)
    request.env.subscription_state = *state;
  return request;
}

// Follows the order of docs/protocols/app-rpc.md "command": streams are attached before transmissions arrive.
void connection_state::take_effects(subscription& of, const rpc_reply& reply, bool subscribing) {
  merge_state(application_->env.connection_state, reply.connection_state);
  merge_state(*of.state, reply.subscription_state);
  const std::unordered_set<std::string_view> stopped{reply.stopped_streams.begin(), reply.stopped_streams.end()};
  std::erase_if(of.streams, [&](const auto& each) {
    const bool stops = reply.stop_streams || stopped.contains(*each.stream);
    if (stops)
      leave(of, each);
    return stops;
  });
  if (leaving_) {
    command_answered();
    return;
  }
  follow(of, reply.streams,
         [this, identifier = of.identifier, tag = of.tag, transmissions = reply.transmissions, ends = reply.disconnect,
          subscribing] {
           if (const auto bound = std::exchange(kept_out_, {})) {
             log(log_level::warn, "stream not followed",
                 {{"sid", sid_},
                  {"identifier", identifier},
                  {"reason", std::string{why_kept_out(*bound)} + option_of(*bound)}});
             if (subscribing) {
               take_back(identifier, why_kept_out(*bound), ends);
               return;
             }
           }
           transmit(transmissions);
           client_->tell(reply::settled{identifier, tag, true});
           pay_dues(identifier);
           end_command(ends);
         });
}

// The application has accepted a subscribe that cannot be carried out: tells it that there is no subscription.
void connection_state::take_back(const std::string& identifier, std::string_view why, bool and_connection) {
  const auto by = find(identifier);
  home_->counters.failed_client_messages.add();
  dues_ = {};
  client_->tell(reply::rejected{identifier, by->tag, why});
  auto request = command_request({.type = command_type::unsubscribe, .identifier = identifier}, by->state.get());
  leave(*by);
  subscriptions_.erase(by);
  ask(std::move(request), [this, and_connection](rpc_outcome&) { end_command(and_connection); });
}

void connection_state::transmit(const std::vector<std::string>& transmissions) {
  for (const auto& each : transmissions)
    client_->tell(reply::transmission{each});
}

void connection_state::end_command(bool and_connection) {
  if (and_connection) {
    busy_ = false;
    finish();
  } else {
    command_answered();
  }
}

void connection_state::tell_application() {
  const auto mode = home_->settings.app.disconnects;
  if (application_ == nullptr || mode == disconnect_mode::never ||
      (mode == disconnect_mode::automatic && !application_->was_asked))
    return;
  rpc_request request{
      .method = rpc_method::disconnect, .sid = sid_, .identity = identity_, .env = std::move(application_->env)};
  for (const auto& each : subscriptions_) {
    request.subscriptions.push_back(each.identifier);
    if (each.state != nullptr && !each.state->empty())
      request.env.subscription_state.emplace(each.identifier, encode_text_map(*each.state));
  }
  caf::anon_send(home_->here.disconnector, connection_left{std::make_shared<const rpc_request>(std::move(request))});
}

// -- replies ---

void connection_state::subscribe_by_application(client_command&& command) {
  auto request = command_request(command, nullptr);
  ask(std::move(request), [this, identifier = std::move(command.identifier), tag = command.tag](rpc_outcome& outcome) {
    finish_subscribe(identifier, tag, outcome);
  });
}

void connection_state::finish_subscribe(const std::string& identifier, std::uint32_t tag, rpc_outcome& outcome) {
  const auto* reply = std::get_if<rpc_reply>(&outcome);
  if (!succeeded(outcome)) {
    dues_ = {};
    home_->counters.failed_client_messages.add();
    if (reply != nullptr && reply->status == rpc_status::failure && !reply->transmissions.empty())
      transmit(reply->transmissions);
    else
      client_->tell(reply::rejected{identifier, tag, "the application refused it"});
    client_->tell(reply::settled{identifier, tag, false});
    end_command(reply != nullptr && reply->disconnect);
    return;
  }
  auto& added = subscriptions_.emplace_back(subscription{identifier, {}});
  added.state = std::make_unique<text_map>();
  added.tag = tag;
  take_effects(added, *reply, true);
}

void connection_state::finish_unsubscribe(const std::string& identifier, rpc_outcome& outcome) {
  auto old = find(identifier);
  leave(*old);
  subscriptions_.erase(old);
  const auto* reply = std::get_if<rpc_reply>(&outcome);
  if (!succeeded(outcome))
    home_->counters.failed_client_messages.add();
  if (reply == nullptr || reply->status == rpc_status::error) {
    command_answered();
    return;
  }
  merge_state(application_->env.connection_state, reply->connection_state);
  transmit(reply->transmissions);
  end_command(reply->disconnect);
}

void connection_state::finish_message(const std::string& identifier, rpc_outcome& outcome) {
  if (!succeeded(outcome))
    home_->counters.failed_client_messages.add();
  const auto* reply = std::get_if<rpc_reply>(&outcome);
  if (reply == nullptr || reply->status == rpc_status::error)
    command_answered();
  else
    take_effects(*find(identifier), *reply, false);
}

}  // namespace ability
