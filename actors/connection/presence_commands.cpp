#include "actors/connection/presence_commands.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <utility>

#include "actors/connection/command_handler.hpp"
#include "actors/node/log.hpp"
#include "protocol/json/json_text.hpp"

namespace ability {

namespace {

using kind = presence_call::kind;

constexpr std::string_view presence_is_off = "presence is off";
constexpr std::string_view not_by_name = "no presence here: it needs the channel $pubsub, and --streams-presence";
constexpr std::string_view not_by_application =
    "no presence here: it needs a stream that the application names in the subscription's state as $p";
constexpr std::string_view too_long = "the id and the info of a member are too long (--presence-max-info)";

kind kind_of(command_type type) {
  return type == command_type::presence ? kind::list : type == command_type::leave ? kind::leave : kind::join;
}

// Why the command cannot be sent to a stream; empty: it can.
std::string_view refusal_of(const client_command& command, const subscriptions::entry* by, lane_home& home) {
  if (!home.settings.presence.on)
    return presence_is_off;
  if (by == nullptr)
    return "unknown subscription";
  if (by->presence_stream() == nullptr)
    return by->state == nullptr ? not_by_name : not_by_application;
  if (kind_of(command.type) != kind::join)
    return {};
  if (command.presence == nullptr)
    return presence_has_no_id;
  if (!command.presence->fault.empty())
    return command.presence->fault;
  if (command.presence->id.size() + command.presence->info.size() <= home.settings.presence.max_info)
    return {};
  home.counters.hit(limit::presence_info);
  return too_long;
}

// The same as a command. Other types than `leave` count as a join without an id.
client_command command_of(const rpc_presence& said, const std::string& identifier, const std::string& identity) {
  client_command out{.type = said.type == "leave" ? command_type::leave : command_type::join, .identifier = identifier};
  if (said.type != "join")
    return out;
  presence_request by{.id = said.id.empty() ? identity : said.id};
  if (said.info.empty() || validate_json(said.info))
    by.info = said.info;
  else
    append_json_string(by.info, said.info);
  out.presence = std::make_shared<const presence_request>(std::move(by));
  return out;
}

// A mistake of the application, which is told of it in no other way.
void warn_of(const connected_client& who, const client_command& order, std::string_view why) {
  constexpr std::size_t longest_identifier = 300;
  if (log_enabled(log_level::warn) && who.home->refusals.wants_presence(who.home->here.now()))
    log(log_level::warn, "presence refused",
        {{"sid", who.sid},
         {"identifier", order.identifier.substr(0, longest_identifier)},
         {"by", "the application"},
         {"reason", std::string{why}}});
}

}  // namespace

bool presence_commands::handle(const client_command& command, bool ends_connection) {
  auto* const by = client_->subscriptions.find(command.identifier);
  if (const auto why = refusal_of(command, by, *client_->home); !why.empty()) {
    handler_->drop(why, command);
    return false;
  }
  handler_->hold();
  ask(command, *by->presence_stream(), [handler = handler_, command, ends_connection](std::string_view refusal) {
    if (!refusal.empty())
      handler->drop(refusal, command);
    handler->answered(ends_connection);
  });
  return true;
}

void presence_commands::conclude(const std::string& identifier, const rpc_presence& by_application,
                                 const std::string& first_stream, const request_ptr& asked, bool ends_connection) {
  if (client_->phase == connection_phase::leaving && client_->resumable == nullptr) {
    handler_->answered(ends_connection);
    return;
  }
  const auto join_as_asked = [at = *this, identifier, asked, ends_connection] {
    auto self = at;
    if (asked == nullptr ||
        !self.handle({.type = command_type::join, .identifier = identifier, .presence = asked}, ends_connection))
      at.handler_->answered(ends_connection);
  };
  if (by_application.type.empty()) {
    join_as_asked();
    return;
  }
  auto* const by = client_->subscriptions.find(identifier);
  if (by->presence_stream() == nullptr && !first_stream.empty())
    by->state->emplace(subscriptions::presence_key, first_stream);
  const auto about = command_of(by_application, identifier, client_->identity);
  const auto done = [at = *this, about, join_as_asked](std::string_view refusal) {
    if (!refusal.empty()) {
      at.handler_->fail(refusal, about);
      warn_of(*at.client_, about, refusal);
    }
    join_as_asked();
  };
  if (const auto why = refusal_of(about, by, *client_->home); !why.empty())
    done(why);
  else
    ask(about, *by->presence_stream(), done);
}

// Notes what the stream is asked for, and its answer. `then` gets the reason why nothing was done.
void presence_commands::ask(const client_command& about, std::string stream, refusal_handler then) const {
  const auto what = kind_of(about.type);
  auto& by = *client_->subscriptions.find(about.identifier);
  if (what == kind::leave) {
    if (by.member_of != nullptr)
      stream = by.member_of->stream;
    // The session is absent, and must not be present again as it is restored.
    client_->subscriptions.end_membership(stream);
  }
  if (what == kind::join && by.member_of != nullptr && by.member_of->stream != stream)
    leave(*client_, by);
  // Noted before the answer is there: a session that ends meanwhile has its stream told.
  const bool is_new = what == kind::join && by.member_of == nullptr;
  if (is_new)
    by.member_of = std::make_unique<presence_membership>(presence_membership{stream, about.presence});
  client_->self
      ->request(client_->home->here.directory_of(stream), caf::infinite,
                presence_call{what, stream, client_->sid, about.presence})
      .then(
          [at = *this, identifier = about.identifier, is_new, said = about.presence, joins = what == kind::join, stream,
           then = std::move(then)](const presence_answer& answer) {
            auto& by = *at.client_->subscriptions.find(identifier);
            if (is_new && !answer.refusal.empty())
              by.member_of = nullptr;
            else if (joins && answer.refusal.empty())  // `take_back` may have forgotten it meanwhile
              by.member_of = std::make_unique<presence_membership>(presence_membership{stream, said});
            if (answer.listing != nullptr)
              at.client_->session->tell(reply::members{identifier, *answer.listing});
            then(answer.refusal);
          },
          [handler = handler_](const caf::error&) { handler->reconnect(); });
}

void presence_commands::restore(const session_record& from) const {
  for (const auto& kept : from.subscriptions) {
    auto* const by = kept.member_of == nullptr ? nullptr : client_->subscriptions.find(kept.identifier);
    if (by == nullptr || !client_->home->settings.presence.on)
      continue;
    const auto& [stream, as] = *kept.member_of;
    by->member_of = std::make_unique<presence_membership>(*kept.member_of);
    client_->self
        ->request(client_->home->here.directory_of(stream), caf::infinite,
                  presence_call{kind::join, stream, client_->sid, as})
        .then([at = *this, identifier = kept.identifier](
                  const presence_answer& answer) { at.take_back(identifier, answer.refusal); },
              [](const caf::error&) {});  // the stream tells all its followers to come back
  }
}

// A restored member for whom there is no room any more.
void presence_commands::take_back(const std::string& identifier, std::string_view refusal) const {
  auto* const by = client_->subscriptions.find(identifier);
  if (by == nullptr || refusal.empty())
    return;
  by->member_of = nullptr;
  handler_->drop(refusal, {.type = command_type::join, .identifier = identifier});
}

// Another subscription may be present in the same stream: the session is one member.
void presence_commands::leave(const connected_client& client, subscriptions::entry& by) {
  const auto left = std::exchange(by.member_of, nullptr);
  if (left == nullptr || std::ranges::any_of(client.subscriptions, [&](const auto& each) {
        return each.member_of != nullptr && each.member_of->stream == left->stream;
      }))
    return;
  caf::anon_send(client.home->here.directory_of(left->stream), presence_call{kind::leave, left->stream, client.sid});
}

void presence_commands::end(const connected_client& client) {
  for (const auto& each : client.subscriptions)
    if (each.member_of != nullptr)
      caf::anon_send(client.home->here.directory_of(each.member_of->stream),
                     member_gone{each.member_of->stream, client.sid});
}

}  // namespace ability
