#define CAF_SUITE app_server
#include "tests/actors/app/app_server_fixture.hpp"

using namespace ability;
using namespace ability::app_server_tests;
using namespace std::chrono_literals;

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
