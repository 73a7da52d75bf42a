#include "actors/connection/app_dialogue.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <utility>

#include "actors/app/messages.hpp"
#include "protocol/app_rpc/app_rpc_json.hpp"

namespace ability {

namespace {

const char* name_of(command_type type) noexcept {
  switch (type) {
    case command_type::subscribe:
      return "subscribe";
    case command_type::unsubscribe:
      return "unsubscribe";
    default:
      return "message";
  }
}

}  // namespace

void app_dialogue::begin(const client_handshake& request) {
  view_ = std::make_unique<view>(view{{request.url, request.headers, {}, {}}});
}

void app_dialogue::resume(const session_record& from) {
  if (!exists())
    return;
  view_->env.connection_state = from.env.connection_state;
  view_->was_asked = from.was_asked;
}

void app_dialogue::put_into(session_record& record, disconnect_mode mode) {
  if (!exists())
    return;
  record.was_asked = view_->was_asked;
  record.owes_disconnect = owes_disconnect(mode);
  record.env = std::move(view_->env);
}

void app_dialogue::copy_into(session_record& record, disconnect_mode mode) const {
  if (!exists())
    return;
  record.was_asked = view_->was_asked;
  record.owes_disconnect = owes_disconnect(mode);
  record.env = view_->env;
}

bool app_dialogue::owes_disconnect(disconnect_mode mode) const {
  return exists() && mode != disconnect_mode::never && (mode == disconnect_mode::always || view_->was_asked);
}

// -- calls ---

rpc_request app_dialogue::connect(const std::string& sid) {
  view_->was_asked = true;
  return {.method = rpc_method::connect, .sid = sid, .env = view_->env};
}

rpc_request app_dialogue::command(const std::string& sid, const std::string& identity, const client_command& about,
                                  const text_map* state) {
  view_->was_asked = true;
  rpc_request call{.method = rpc_method::command,
                   .sid = sid,
                   .identity = identity,
                   .command = name_of(about.type),
                   .identifier = about.identifier,
                   .data = about.data,
                   .env = view_->env};
  if (state != nullptr)
    call.env.subscription_state = *state;
  return call;
}

std::shared_ptr<const rpc_request> app_dialogue::goodbye(disconnect_mode mode, const std::string& sid,
                                                         const std::string& identity, const subscriptions& followed) {
  if (!owes_disconnect(mode))
    return nullptr;
  rpc_request call{.method = rpc_method::disconnect, .sid = sid, .identity = identity, .env = std::move(view_->env)};
  for (const auto& each : followed) {
    call.subscriptions.push_back(each.identifier);
    if (each.state != nullptr && !each.state->empty())
      call.env.subscription_state.emplace(each.identifier, encode_text_map(*each.state));
  }
  return std::make_shared<const rpc_request>(std::move(call));
}

std::shared_ptr<const rpc_request> app_dialogue::open(rpc_request call, time_point now) {
  question_ = std::make_shared<const question>(question{std::move(call), now});
  return {question_, &question_->call};
}

void app_dialogue::ask(connection_actor::pointer self, const app_server_actor& application, rpc_request call,
                       time_point now, answer_handler then) {
  auto answered = [this, then = std::move(then)](rpc_outcome outcome) {
    close();
    then(outcome);
  };
  self->request(application, caf::infinite, app_call{open(std::move(call), now)})
      .then([answered](const app_answer& answer) { answered(*answer.outcome); },
            [answered](const caf::error&) {
              answered(rpc_error{rpc_failure::refused, "the app server actor is gone"});
            });
}

// -- the open call and its answer ---

bool app_dialogue::is_about(std::string_view identifier) const {
  return question_ != nullptr && question_->call.identifier == identifier;
}

void app_dialogue::merge(const rpc_reply& reply, subscriptions::entry& of) {
  merge(reply);
  merge_state(*of.state, reply.subscription_state);
}

}  // namespace ability
