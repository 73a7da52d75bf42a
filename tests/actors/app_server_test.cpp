#define CAF_SUITE app_server
#include "actors/app_server.hpp"

#include <caf/event_based_actor.hpp>
#include <chrono>
#include <optional>

#include "actors/log.hpp"

#include "tests/actors/app_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;

texts lines;

void keep(log_level, std::string_view message, std::initializer_list<log_field> fields) {
  std::string line{message};
  for (const auto& each : fields)
    if (each.key != "ms")
      line += ' ' + std::string{each.key} + '=' + each.value;
  lines.push_back(line);
}

// Somebody who asks one question.
struct asker {
  std::shared_ptr<const rpc_request> question;  // null: no longer wants to know
  std::shared_ptr<std::optional<rpc_outcome>> answer;
  caf::actor actor;

  // `nothing` so far, the status of the answer, or why there is none.
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

  asker ask(const std::string& sid, rpc_method method = rpc_method::command) {
    asker who{std::make_shared<const rpc_request>(rpc_request{.method = method, .sid = sid}),
              std::make_shared<std::optional<rpc_outcome>>(), nullptr};
    who.actor = ends(sys.spawn(
        [app = here.app_server, slot = who.answer](caf::event_based_actor* self, const app_call& call) {
          self->request(app, caf::infinite, call).then([slot](const app_answer& answer) { *slot = *answer.outcome; });
        },
        app_call{who.question}));
    consume_messages();
    return who;
  }

  // The next attempt ends.
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

  // Whether another attempt is made after `time` and not a millisecond earlier.
  bool tries_again_after(std::chrono::milliseconds time) {
    const auto before = transport->made.size();
    pass(time - 1ms);
    const bool early = transport->made.size() != before;
    pass(1ms);
    return !early && transport->made.size() == before + 1;
  }

  std::uint64_t pending() const { return here.app_counters.pending.get(); }
};

// Two calls at a time, two may wait, and time for everything.
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

}  // namespace

CAF_TEST_FIXTURE_SCOPE(app_server_asking, fixture)

CAF_TEST(a question reaches the application and its answer whoever asked) {
  const auto who = ask("s1", rpc_method::connect);
  CAF_REQUIRE_EQUAL(transport->made.size(), 1u);
  CAF_CHECK(transport->made[0].request.method == rpc_method::connect);
  CAF_CHECK_EQUAL(transport->made[0].request.sid, "s1");
  CAF_CHECK_EQUAL(who.heard(), "nothing");
  CAF_CHECK_EQUAL(pending(), 1u);
  answer(rpc_reply{.status = rpc_status::success, .identity = "i"});
  CAF_REQUIRE_EQUAL(who.heard(), "success");
  CAF_CHECK_EQUAL(std::get<rpc_reply>(**who.answer).identity, "i");
  CAF_CHECK_EQUAL(pending(), 0u);
}

CAF_TEST(so many calls at a time are made and others wait in their order) {
  const std::vector<asker> all{ask("s1"), ask("s2"), ask("s3"), ask("s4")};
  CAF_CHECK_EQUAL(transport->sids(), (texts{"s1", "s2"}));
  CAF_CHECK_EQUAL(pending(), 4u);
  answer(success(), 1);
  CAF_CHECK_EQUAL(all[1].heard(), "success");
  CAF_CHECK_EQUAL(transport->sids(), (texts{"s1", "s2", "s3"}));
  answer(success());
  CAF_CHECK_EQUAL(transport->sids(), (texts{"s1", "s2", "s3", "s4"}));
  CAF_CHECK_EQUAL(pending(), 2u);
  CAF_CHECK_EQUAL(transport->most_open, 2u);
}

CAF_TEST(an answer goes to whoever asked that question) {
  const auto first = ask("s1");
  const auto second = ask("s2");
  answer(rpc_reply{.status = rpc_status::failure}, 1);
  CAF_CHECK_EQUAL(first.heard(), "nothing");
  CAF_CHECK_EQUAL(second.heard(), "failure");
  answer(rpc_failure::broken);
  CAF_CHECK_EQUAL(first.heard(), "broken");
}

CAF_TEST(one question too many is refused at once and not made) {
  const std::vector<asker> all{ask("s1"), ask("s2"), ask("s3"), ask("s4"), ask("s5")};
  CAF_CHECK_EQUAL(all[3].heard(), "nothing");
  CAF_CHECK_EQUAL(all[4].heard(), "refused");
  CAF_CHECK_EQUAL(calls(rpc_method::command, rpc_failure::refused), 1u);
  answer(success());
  const auto later = ask("s6");
  CAF_CHECK_EQUAL(later.heard(), "nothing");
  for (auto i = 0; i < 4; ++i)
    answer(success());
  CAF_CHECK_EQUAL(transport->sids(), (texts{"s1", "s2", "s3", "s4", "s6"}));
}

CAF_TEST(a question that nobody waits for any more is not made and counted) {
  ask("s1");
  ask("s2");
  auto gone = ask("s3");
  const auto last = ask("s4");
  gone.question.reset();
  answer(success());
  CAF_CHECK_EQUAL(transport->sids(), (texts{"s1", "s2", "s4"}));
  CAF_CHECK_EQUAL(here.app_counters.cancelled.get(), 1u);
  CAF_CHECK_EQUAL(pending(), 2u);
  answer(success());
  answer(success());
  CAF_CHECK_EQUAL(last.heard(), "success");
  CAF_CHECK_EQUAL(pending(), 0u);
}

CAF_TEST(an answer for somebody who is gone changes nothing but the counts) {
  auto gone = ask("s1");
  const auto other = ask("s2");
  gone.question.reset();
  caf::anon_send_exit(gone.actor, caf::exit_reason::kill);
  consume_messages();
  answer(success());
  CAF_CHECK_EQUAL(gone.heard(), "nothing");
  CAF_CHECK_EQUAL(calls(rpc_method::command, success()), 1u);
  CAF_CHECK_EQUAL(pending(), 1u);
  answer(success());
  CAF_CHECK_EQUAL(other.heard(), "success");
}

CAF_TEST(news of a call that is over are ignored) {
  const auto who = ask("s1");
  caf::anon_send(here.app_server, app_replied{2, std::make_shared<rpc_outcome>(success())});
  caf::anon_send(here.app_server, app_retry{1});
  consume_messages();
  CAF_CHECK_EQUAL(who.heard(), "nothing");
  answer(success());
  caf::anon_send(here.app_server, app_replied{1, std::make_shared<rpc_outcome>(rpc_reply{})});
  consume_messages();
  CAF_CHECK_EQUAL(who.heard(), "success");
  CAF_CHECK_EQUAL(calls(rpc_method::command, success()), 1u);
  CAF_CHECK_EQUAL(calls(rpc_method::command, rpc_reply{}), 0u);
}

CAF_TEST(calls are counted by method and outcome) {
  transport->script = [](const rpc_request& request) -> rpc_outcome {
    if (request.sid == "error")
      return rpc_reply{};
    if (request.sid == "failure")
      return rpc_reply{.status = rpc_status::failure};
    return rpc_error{rpc_failure::timed_out, {}};
  };
  for (const auto* sid : {"error", "failure", "failure"})
    ask(sid, rpc_method::connect);
  ask("timed_out", rpc_method::disconnect);
  CAF_CHECK_EQUAL(calls(rpc_method::connect, rpc_reply{}), 1u);
  CAF_CHECK_EQUAL(calls(rpc_method::connect, rpc_reply{.status = rpc_status::failure}), 2u);
  CAF_CHECK_EQUAL(calls(rpc_method::disconnect, rpc_failure::timed_out), 1u);
  CAF_CHECK_EQUAL(calls(rpc_method::connect, success()), 0u);
  CAF_CHECK_EQUAL(calls(rpc_method::connect, rpc_failure::timed_out), 0u);
}

CAF_TEST(a call that failed is logged with its session) {
  lines.clear();
  set_log(keep, log_level::info);
  const auto first = ask("s1", rpc_method::connect);
  answer(rpc_failure::broken);
  const auto second = ask("s2");
  answer(rpc_reply{.error_message = "boom"});
  CAF_CHECK_EQUAL(lines, (texts{"app server call failed sid=s1 method=connect status=broken detail=made up",
                                "app server call failed sid=s2 method=command status=error detail=boom"}));
}

CAF_TEST(a call that went well or was not tried is logged only to debug) {
  for (const auto level : {log_level::info, log_level::debug}) {
    lines.clear();
    set_log(keep, level);
    const auto yes = ask("s1");
    answer(success());
    const auto no = ask("s2");
    answer(rpc_reply{.status = rpc_status::failure});
    const auto refused = ask("s3");
    answer(rpc_failure::refused);
    if (level == log_level::info)
      CAF_CHECK_EQUAL(lines, texts{});
  }
  CAF_CHECK_EQUAL(lines, (texts{"app server called sid=s1 method=command status=success detail=",
                                "app server called sid=s2 method=command status=failure detail=",
                                "app server called sid=s3 method=command status=refused detail=made up"}));
}

CAF_TEST(of what the application says only the beginning is logged) {
  lines.clear();
  set_log(keep, log_level::info);
  const auto who = ask("s1");
  answer(rpc_reply{.error_message = std::string(199, 'x') + "\xc3\xa4" + std::string(100'000, 'y')});
  CAF_CHECK_EQUAL(lines,
                  texts{"app server call failed sid=s1 method=command status=error detail=" + std::string(199, 'x')});
}

CAF_TEST(when the actor ends the transport is stopped once) {
  const auto who = ask("s1");
  caf::anon_send_exit(here.app_server, caf::exit_reason::user_shutdown);
  consume_messages();
  CAF_CHECK_EQUAL(transport->stops, 1u);
  CAF_CHECK_EQUAL(transport->open(), 0u);
  CAF_CHECK_EQUAL(transport->made.size(), 1u);
  CAF_CHECK(!is_alive(here.app_server));
}

CAF_TEST(when the actor ends while a call backs off nothing is made again) {
  const auto who = ask("s1");
  answer(rpc_failure::unavailable);
  caf::anon_send_exit(here.app_server, caf::exit_reason::user_shutdown);
  consume_messages();
  pass(1h);
  CAF_CHECK_EQUAL(transport->made.size(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(app_server_without_waiting, without_waiting)

CAF_TEST(where none may wait a call is still made while there is room) {
  const auto first = ask("s1");
  CAF_CHECK_EQUAL(first.heard(), "nothing");
  const auto second = ask("s2");
  CAF_CHECK_EQUAL(second.heard(), "refused");
  answer(success());
  CAF_CHECK_EQUAL(first.heard(), "success");
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(app_server_retrying, narrow_fixture)

CAF_TEST(an application that was not reached is called again after a while that doubles) {
  const auto who = ask("s1");
  for (const auto pause : {100ms, 200ms, 400ms, 800ms}) {
    answer(rpc_failure::unavailable);
    CAF_CHECK(tries_again_after(pause));
  }
  CAF_CHECK_EQUAL(who.heard(), "nothing");
  CAF_CHECK_EQUAL(here.app_counters.retries.get(), 4u);
  answer(success());
  CAF_CHECK_EQUAL(who.heard(), "success");
  CAF_CHECK_EQUAL(calls(rpc_method::command, success()), 1u);
  CAF_CHECK_EQUAL(calls(rpc_method::command, rpc_failure::unavailable), 0u);
}

CAF_TEST(an application that has enough is called again soon) {
  const auto who = ask("s1");
  for (const auto pause : {10ms, 20ms, 40ms, 80ms}) {
    answer(rpc_failure::exhausted);
    CAF_CHECK(tries_again_after(pause));
  }
  answer(success());
  CAF_CHECK_EQUAL(who.heard(), "success");
}

CAF_TEST(no other end of a call is followed by another attempt) {
  for (const auto why : {rpc_failure::timed_out, rpc_failure::unauthorized, rpc_failure::invalid, rpc_failure::broken,
                         rpc_failure::refused}) {
    const auto who = ask("s1");
    answer(why);
    CAF_CHECK_EQUAL(who.heard(), name_of(why));
  }
  for (const auto status : {rpc_status::error, rpc_status::failure}) {
    const auto who = ask("s1");
    answer(rpc_reply{.status = status});
    CAF_CHECK_EQUAL(who.heard(), name_of(status));
  }
  pass(1h);
  CAF_CHECK_EQUAL(transport->made.size(), 7u);
  CAF_CHECK_EQUAL(here.app_counters.retries.get(), 0u);
}

CAF_TEST(a call that backs off holds up no other) {
  const auto first = ask("s1");
  const auto second = ask("s2");
  answer(rpc_failure::unavailable);
  CAF_CHECK_EQUAL(transport->sids(), (texts{"s1", "s2"}));
  CAF_CHECK_EQUAL(pending(), 2u);
  answer(success());
  CAF_CHECK_EQUAL(second.heard(), "success");
  CAF_CHECK_EQUAL(pending(), 1u);
}

CAF_TEST(a call that is due again goes before those that wait) {
  const auto first = ask("s1");
  const auto second = ask("s2");
  const auto third = ask("s3");
  answer(rpc_failure::unavailable);
  pass(100ms);
  CAF_CHECK_EQUAL(transport->sids(), (texts{"s1", "s2"}));
  answer(success());
  CAF_CHECK_EQUAL(transport->sids(), (texts{"s1", "s2", "s1"}));
  answer(success());
  CAF_CHECK_EQUAL(transport->sids(), (texts{"s1", "s2", "s1", "s3"}));
}

CAF_TEST(a call that is forgotten while it backs off is not made again) {
  auto who = ask("s1");
  answer(rpc_failure::unavailable);
  who.question.reset();
  pass(1h);
  CAF_CHECK_EQUAL(transport->made.size(), 1u);
  CAF_CHECK_EQUAL(here.app_counters.cancelled.get(), 1u);
  CAF_CHECK_EQUAL(pending(), 0u);
}

CAF_TEST(an attempt has its own limit of time) {
  ask("s1");
  CAF_REQUIRE_EQUAL(transport->made.size(), 1u);
  CAF_CHECK(transport->made[0].timeout == 5s);
}

CAF_TEST_FIXTURE_SCOPE_END()

// Time here is the real one, which hardly passes, while that of the delayed messages is the test's.
CAF_TEST_FIXTURE_SCOPE(app_server_limits, patient_fixture)

CAF_TEST(without a limit of its own an attempt has what is left of the time of the call) {
  const auto who = ask("s1");
  CAF_REQUIRE_EQUAL(transport->made.size(), 1u);
  CAF_CHECK(transport->made[0].timeout <= 3s);
  CAF_CHECK(transport->made[0].timeout > 1s);
}

CAF_TEST(no attempt is made that would begin after the time of the call) {
  const auto who = ask("s1");
  for (const auto pause : {100ms, 200ms, 400ms, 800ms, 1'600ms}) {
    answer(rpc_failure::unavailable);
    CAF_CHECK_EQUAL(who.heard(), "nothing");
    CAF_CHECK(tries_again_after(pause));
  }
  answer(rpc_failure::unavailable);  // the next one would be due after 3.2 s
  CAF_CHECK_EQUAL(who.heard(), "unavailable");
  pass(1h);
  CAF_CHECK_EQUAL(transport->made.size(), 6u);
  CAF_CHECK_EQUAL(pending(), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(app_server_breaking, narrow_fixture)

CAF_TEST(when most calls fail the next ones fail without being made) {
  lines.clear();
  set_log(keep, log_level::info);
  transport->script = [](const rpc_request&) { return rpc_error{rpc_failure::timed_out, {}}; };
  for (unsigned i = 0; i < circuit_breaker::least_calls; ++i) {
    CAF_CHECK_EQUAL(here.app_counters.breaker_open.get(), 0u);
    CAF_CHECK_EQUAL(ask("s1").heard(), "timed_out");
  }
  CAF_CHECK_EQUAL(here.app_counters.breaker_open.get(), 1u);
  CAF_CHECK_EQUAL(std::ranges::count(lines, "app server breaker state=open"), 1);
  CAF_CHECK_EQUAL(ask("s2").heard(), "refused");
  CAF_CHECK_EQUAL(transport->made.size(), std::size_t{circuit_breaker::least_calls});
  CAF_CHECK_EQUAL(calls(rpc_method::command, rpc_failure::refused), 1u);
  CAF_CHECK_EQUAL(pending(), 0u);
}

CAF_TEST(all who wait are refused when the breaker opens) {
  std::vector<asker> all;
  for (unsigned i = 0; i < circuit_breaker::least_calls + 5; ++i)
    all.push_back(ask("s1"));
  for (unsigned i = 0; i < circuit_breaker::least_calls; ++i)
    answer(rpc_failure::timed_out);
  for (unsigned i = 0; i < circuit_breaker::least_calls; ++i)
    CAF_CHECK_EQUAL(all[i].heard(), "timed_out");
  for (auto i = circuit_breaker::least_calls; i < all.size(); ++i)
    CAF_CHECK_EQUAL(all[i].heard(), "refused");
  CAF_CHECK_EQUAL(pending(), 0u);
}

CAF_TEST(attempts count for the breaker one by one) {
  const auto who = ask("s1");
  for (unsigned i = 0; i < circuit_breaker::least_calls; ++i) {
    answer(rpc_failure::unavailable);
    pass(1h);
  }
  CAF_CHECK_EQUAL(who.heard(), "refused");
  CAF_CHECK_EQUAL(transport->made.size(), std::size_t{circuit_breaker::least_calls});
}

CAF_TEST(an application that answers whatever it says keeps the breaker closed) {
  const std::vector<rpc_outcome> answers{rpc_reply{}, rpc_reply{.status = rpc_status::failure},
                                         rpc_error{rpc_failure::broken, {}}, rpc_error{rpc_failure::invalid, {}},
                                         rpc_error{rpc_failure::unauthorized, {}}};
  for (const auto& each : answers) {
    transport->script = [&](const rpc_request&) { return each; };
    for (unsigned i = 0; i < 2 * circuit_breaker::least_calls; ++i)
      CAF_CHECK_NOT_EQUAL(ask("s1").heard(), "refused");
  }
  CAF_CHECK_EQUAL(here.app_counters.breaker_open.get(), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()
