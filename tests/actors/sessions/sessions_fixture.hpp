/// Clients of the extended protocol, whose sessions outlive their connections. Includes CAF's test DSL: include it
/// last.
#pragma once

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "actors/node/totals.hpp"
#include "actors/sessions/sessions.hpp"
#include "tests/actors/connection/connection_fixture.hpp"

namespace ability {

/// The welcome of a session that came back.
inline std::string restored(std::string_view sid, const std::vector<std::string_view>& identifiers = {}) {
  return restored_message(sid, identifiers);
}

/// The way in which a client comes.
struct manner {
  std::string back_to = {};  ///< earlier sid
  std::string token = {};
  std::string origin = "http://a.example";
  bool extended = true;
  std::string cookies = {};  ///< digest
  std::string protocol = {};
};

/// A node with an application that lets clients of the extended protocol in and confirms all they ask for.
struct sessions_fixture : connection_fixture {
  explicit sessions_fixture(node_settings how = {}) : connection_fixture{std::move(how)} {}

  /// A client that has asked to come in; the actors have yet to run.
  client asks(const std::string& sid, const manner& how) {
    auto who = connect(sid);
    who.box->takes = &action_cable_json({.positions = how.extended});
    caf::anon_send(who.actor, start_handshake{std::make_shared<const client_handshake>(
                                  client_handshake{.url = "http://localhost/cable?of=" + sid,
                                                   .headers = {{"cookie", sid}},
                                                   .token = how.token,
                                                   .origin = how.origin,
                                                   .earlier_sid = how.back_to,
                                                   .keeps_sessions = how.extended,
                                                   .bound_cookies = how.cookies,
                                                   .protocol = how.protocol})});
    return who;
  }

  client comes(const std::string& sid, const manner& how) {
    auto who = asks(sid, how);
    consume_messages();
    return who;
  }

  /// A new client that the application has let in.
  client enters(const std::string& sid, const manner& how = {}) {
    auto who = comes(sid, how);
    answer(rpc_reply{.status = rpc_status::success, .identity = "me", .connection_state = {{"a", "1"}}});
    CAF_REQUIRE(who.box->accepted);
    who.box->forget();
    return who;
  }

  /// Has `who` ask for the history of a subscription, from where its session began, and forgets the answer.
  void asks_history(const client& who, const std::string& identifier, history_request of = {.is_valid = true}) {
    client_command command{.type = command_type::history, .identifier = identifier};
    command.history = std::make_shared<const history_request>(std::move(of));
    caf::anon_send(who.actor, client_said{std::move(command)});
    consume_messages();
  }

  /// Publishes JSON, and returns the data of all messages that `who` has received since the last look, by stream.
  texts data_of(const client& who, std::string_view stream, std::string_view json) {
    texts data;
    for (const auto& each : hears(who, stream, json)) {
      const auto message = nlohmann::json::parse(each);
      data.push_back(message.contains("message") ? message["message"].dump() : message["type"].dump());
    }
    return data;
  }

  /// Passes time, and lets actors with timers run.
  void pass(std::chrono::milliseconds time) {
    advance_time(time);
    consume_messages();
  }

  void set(const session_settings& how) {
    for (const auto& home : here.lanes) {
      home->settings.sessions = how;
      caf::anon_send(home->sessions, sessions_due{});
    }
    consume_messages();
  }

  std::uint64_t refused(session_refusal why) const {
    std::uint64_t total = 0;
    for (const auto& home : here.lanes)
      total += home->counters.sessions_refused[static_cast<std::size_t>(why)].get();
    return total;
  }

  std::uint64_t kept() const { return sum_of(here, &lane_counters::sessions); }

  /// True if `who` was let in with an earlier session, without a call.
  bool is_restored(const client& who) const {
    return who.box->accepted && !who.box->seen.empty() && who.box->seen.front().find("restored") != std::string::npos;
  }
};

/// A node that keeps sessions for a minute.
struct restore_fixture : sessions_fixture {
  explicit restore_fixture(node_settings how = {.streams = {.public_streams = true}, .sessions = {.ttl = 60s}})
      : sessions_fixture{std::move(how)} {}

  /// Leaves a session that is kept, with one subscription to the streams `a` and `b`.
  void leave_behind(const std::string& sid, const manner& how = {}) {
    const auto who = enters(sid, how);
    joins(who, chat, {"a", "b"});
    leaves(who);
    CAF_REQUIRE_EQUAL(kept(), 1u);
  }

  /// Number of calls so far.
  std::size_t calls_made() const { return transport->made.size(); }
};

}  // namespace ability
