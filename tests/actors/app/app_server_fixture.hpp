/// Callers of the app_server actor. Includes CAF's test DSL: include it last.
#pragma once

#include <caf/event_based_actor.hpp>
#include <chrono>
#include <optional>

#include "actors/app/app_server.hpp"
#include "actors/node/log.hpp"

#include "tests/actors/support/app_fixture.hpp"

namespace ability::app_server_tests {

using namespace std::chrono_literals;

using texts = std::vector<std::string>;

inline texts lines;

inline void keep(log_level, std::string_view message, std::initializer_list<log_field> fields) {
  std::string line{message};
  for (const auto& each : fields)
    if (each.key != "ms")
      line += ' ' + std::string{each.key} + '=' + each.value;
  lines.push_back(line);
}

// An actor that makes one call.
struct asker {
  std::shared_ptr<const rpc_request> question;  // null: the caller has dropped its call
  std::shared_ptr<std::optional<rpc_outcome>> answer;
  caf::actor actor;

  // `nothing` while there is no answer, else the status of the answer or the reason of the failure.
  std::string heard() const {
    if (!*answer)
      return "nothing";
    if (const auto* reply = std::get_if<rpc_reply>(&**answer))
      return std::string{name_of(reply->status)};
    return std::string{name_of(std::get<rpc_error>(**answer).why)};
  }
};

struct fixture_for : app_fixture {
  explicit fixture_for(const app_settings& how) : app_fixture{{.app = how}} {}
  ~fixture_for() override { set_log(nullptr, log_level::info); }

  asker ask(const std::string& sid, rpc_method method = rpc_method::command, const std::string& command = {}) {
    asker who{std::make_shared<const rpc_request>(rpc_request{.method = method, .sid = sid, .command = command}),
              std::make_shared<std::optional<rpc_outcome>>(), nullptr};
    who.actor = ends(sys.spawn(
        [app = here.app_server, slot = who.answer](caf::event_based_actor* self, const app_call& call) {
          self->request(app, caf::infinite, call).then([slot](const app_answer& answer) { *slot = *answer.outcome; });
        },
        app_call{who.question}));
    consume_messages();
    return who;
  }

  // Ends the open attempt number `place`.
  template <class Outcome>
  void answer(Outcome outcome, std::size_t place = 0) {
    CAF_REQUIRE(transport->open() > place);
    transport->answer(std::move(outcome), place);
    consume_messages();
  }

  void pass(std::chrono::milliseconds time) {
    advance_time(time);
    consume_messages();
  }

  // True if another attempt is made after `time` and not a millisecond earlier.
  bool tries_again_after(std::chrono::milliseconds time) {
    const auto before = transport->made.size();
    pass(time - 1ms);
    const bool early = transport->made.size() != before;
    pass(1ms);
    return !early && transport->made.size() == before + 1;
  }

  std::uint64_t pending() const { return here.app_counters.pending.get(); }
};

// Two calls at a time, room for two waiting calls, long timeouts.
struct fixture : fixture_for {
  fixture() : fixture_for{{.concurrency = 2, .max_waiting = 2, .command_timeout = 1h, .request_timeout = 0ms}} {}
};

// One call at a time.
struct narrow_fixture : fixture_for {
  narrow_fixture() : fixture_for{{.concurrency = 1, .command_timeout = 1h, .request_timeout = 5s}} {}
};

struct without_waiting : fixture_for {
  without_waiting() : fixture_for{{.concurrency = 1, .max_waiting = 0}} {}
};

struct patient_fixture : fixture_for {
  patient_fixture() : fixture_for{{.command_timeout = 3s, .request_timeout = 0ms}} {}
};

}  // namespace ability::app_server_tests
