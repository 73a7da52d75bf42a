/// Fixture of the actor tests: a node on CAF's test coordinator, with everything outside of its actors faked. The only
/// file that includes CAF's test DSL, whose macros have everyday names: include it last.
#pragma once

#include <caf/send.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/connection/connection.hpp"
#include "actors/connection/messages.hpp"
#include "actors/ingress/ingress.hpp"
#include "actors/node/node.hpp"
#include "actors/supervisor/supervisor.hpp"
#include "protocol/action_cable/messages.hpp"
#include "tests/actors/support/fake_session.hpp"
#include "tests/actors/support/virtual_time.hpp"
// last
#include "caf/test/dsl.hpp"

namespace ability {

/// Identifier of a client's subscription to `stream`.
inline std::string identifier_of(std::string_view stream) {
  return R"({"channel":"$pubsub","stream_name":")" + std::string{stream} + R"("})";
}

/// Text that a client that follows `stream` receives for a broadcast of `json`.
inline std::string message_of(std::string_view stream, std::string_view json) {
  std::string text;
  append_broadcast(text, identifier_of(stream), json, true);
  return text;
}

/// A handshake without any data but `token`.
inline start_handshake handshake(std::string token = {}) {
  return {std::make_shared<const client_handshake>(
      client_handshake{"http://localhost/cable", {{"cookie", "a=b"}}, std::move(token)})};
}

/// A client, its connection actor and the fake session that records the actor's actions.
struct client {
  std::string sid;
  std::shared_ptr<fake_session> box;
  connection_actor actor;
};

/// Settings that let any client connect and follow any stream.
inline node_settings open_to_all() { return {.public_access = true, .streams = {.public_streams = true}}; }

/// A node with records on all its lanes. The destructor ends its actors; otherwise their timers would keep the base
/// busy for ever.
class actor_fixture : public test_coordinator_fixture<> {
public:
  explicit actor_fixture(std::size_t lanes = 1, const node_settings& how = open_to_all(),
                         std::shared_ptr<app_transport> application = nullptr)
      : here{sys, how, virtual_time(sys)} {
    for (std::size_t i = 0; i < lanes; ++i)
      here.lanes.push_back(std::make_unique<lane_home>(here, nullptr));
    start_records(here, std::move(application));
    consume_messages();
  }

  ~actor_fixture() override {
    for (const auto& each : ending_)
      if (const auto actor = caf::actor_cast<caf::actor>(each))
        caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    consume_messages();
    for (const auto& home : here.lanes)
      for (const auto& each :
           {caf::actor_cast<caf::actor>(home->directory), caf::actor_cast<caf::actor>(home->registry),
            caf::actor_cast<caf::actor>(home->sessions)})
        caf::anon_send_exit(each, caf::exit_reason::user_shutdown);
    if (here.app_server) {
      caf::anon_send_exit(here.disconnect_queue, caf::exit_reason::user_shutdown);
      caf::anon_send_exit(here.app_server, caf::exit_reason::user_shutdown);
    }
    consume_messages();
    std::vector<std::string> misuse;
    for (const auto& box : boxes_)
      misuse.insert(misuse.end(), box->misuse.begin(), box->misuse.end());
    CAF_CHECK_EQUAL(misuse, std::vector<std::string>{});
  }

  /// Has the destructor end `actor`.
  template <class Handle>
  Handle ends(Handle actor) {
    ending_.push_back(actor.address());
    return actor;
  }

  template <class Handle>
  bool is_alive(const Handle& actor) {
    return !this->template deref<caf::scheduled_actor>(actor).mailbox().closed();
  }

  /// Number of handles and records that hold `actor`, the given one included.
  template <class Handle>
  std::size_t holders(const Handle& actor) {
    return this->template deref<caf::scheduled_actor>(actor).ctrl()->strong_refs.load();
  }

  /// A connection whose handshake has not started.
  client connect(const std::string& sid, std::size_t lane = 0) {
    auto box = boxes_.emplace_back(std::make_shared<fake_session>());
    return {sid, box, ends(spawn_connection(*here.lanes[lane], box, sid))};
  }

  /// A connection that was accepted and has read its welcome.
  client let_in(const std::string& sid, std::size_t lane = 0, const wire_format* takes = &action_cable_json()) {
    auto who = connect(sid, lane);
    who.box->takes = takes;
    caf::anon_send(who.actor, handshake());
    consume_messages();
    who.box->forget();
    return who;
  }

  void says(const client& who, command_type what, std::string identifier = {}) {
    caf::anon_send(who.actor, client_said{{what, std::move(identifier)}});
  }

  void says(const client& who, command_type what, std::string identifier, std::string data) {
    caf::anon_send(who.actor, client_said{{what, std::move(identifier), std::move(data)}});
  }

  /// Has `who` follow `stream` and read the confirmation.
  void follow(const client& who, std::string_view stream) {
    says(who, command_type::subscribe, identifier_of(stream));
    consume_messages();
    CAF_REQUIRE(!who.box->seen.empty());
    CAF_REQUIRE_EQUAL(who.box->seen.back(), confirm_subscription(identifier_of(stream)));
    who.box->seen.pop_back();
  }

  /// Publishes JSON; the actors have yet to run.
  void publish(std::string_view stream, std::string_view json, std::string_view exclude_socket = {}) {
    ability::publish(*here.lanes.front(),
                     std::vector<broadcast>{{.stream = std::string{stream},
                                             .data = std::string{json},
                                             .data_is_json = true,
                                             .exclude_socket = std::string{exclude_socket}}},
                     scope::here);
  }

  /// Sends `question` and returns the answer.
  template <class Answer, class Handle, class Question>
  Answer ask(const Handle& whom, const Question& question) {
    Answer answer;
    auto asked = self->request(whom, caf::infinite, question);
    consume_messages();
    asked.receive([&](const Answer& told) { answer = told; },
                  [&](const caf::error& why) { CAF_FAIL("no answer: " << sys.render(why)); });
    return answer;
  }

  /// Sum of a counter over all lanes.
  std::uint64_t sum(counter lane_counters::*what) const {
    std::uint64_t result = 0;
    for (const auto& home : here.lanes)
      result += (home->counters.*what).get();
    return result;
  }

  node here;

private:
  std::vector<caf::actor_addr> ending_;  // does not keep them alive
  std::vector<std::shared_ptr<fake_session>> boxes_;
};

}  // namespace ability
