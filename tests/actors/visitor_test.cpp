#define CAF_SUITE visitor
#include "actors/visitor.hpp"

#include "actors/events.hpp"

#include "tests/actors/monitor_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

using texts = std::vector<std::string>;

constexpr auto reader = R"({"may_read":true,"may_command":false})";
constexpr auto commander = R"({"may_read":true,"may_command":true})";
constexpr auto wrong = "wrong_secret: this is neither the monitor secret nor the cluster secret";
constexpr auto log_in_first =
    "login_required: log in first, with the monitor secret or the cluster secret of this node";
constexpr auto command_login = "login_required: commands need a login with the cluster secret";

struct fixture : monitor_fixture {
  using monitor_fixture::monitor_fixture;

  attached who = attach();

  // The connection was closed for this reason, the visitor is gone, and nothing else is.
  void check_closed(const attached& whom, std::string_view why) {
    CAF_CHECK_EQUAL(whom.way->closed, texts{std::string{why}});
    CAF_CHECK(!is_alive(whom.visitor));
    CAF_CHECK(is_alive(here.monitor));
    const auto other = attach();
    CAF_CHECK(ask(other, "status").contains("node"));
    CAF_CHECK(other.way->closed.empty());
  }

  bool is_open(const attached& whom) { return whom.way->closed.empty() && is_alive(whom.visitor); }
};

struct fixture_with_secrets : fixture {
  fixture_with_secrets() : fixture{monitor_settings{.read_secret = "read", .command_secret = "command"}} {}
};

struct fixture_with_read_secret : fixture {
  fixture_with_read_secret() : fixture{monitor_settings{.read_secret = "read"}} {}
};

}  // namespace

// -- who may what ---

CAF_TEST_FIXTURE_SCOPE(visitor_with_secrets, fixture_with_secrets)

CAF_TEST(who has not logged in gets no answer) {
  for (const auto* verb : {"status", "connections", "streams", "nodes", "watch", "unwatch"})
    CAF_CHECK_EQUAL(failure(who, verb), log_in_first);
  CAF_CHECK_EQUAL(failure(who, "drain"), command_login);
  CAF_CHECK_EQUAL(here.watched_events.load(), 0u);
}

CAF_TEST(who knows the monitor secret may read) {
  CAF_CHECK_EQUAL(text(who, "login", R"({"secret":"read"})"), reader);
  CAF_CHECK(ask(who, "status").contains("node"));
  CAF_CHECK_EQUAL(failure(who, "drain"), command_login);
  CAF_CHECK(control.drains.empty());
}

CAF_TEST(who knows the cluster secret may all and keeps that) {
  CAF_CHECK_EQUAL(text(who, "login", R"({"secret":"command"})"), commander);
  CAF_CHECK(ask(who, "status").contains("node"));
  CAF_CHECK(ask(who, "drain").contains("draining"));
  CAF_CHECK_EQUAL(text(who, "login", R"({"secret":"read"})"), commander);
}

CAF_TEST(a login is of one connection) {
  CAF_CHECK_EQUAL(text(who, "login", R"({"secret":"command"})"), commander);
  CAF_CHECK_EQUAL(failure(attach(), "status"), log_in_first);
}

CAF_TEST(three wrong secrets close the connection) {
  for (const auto* secret : {"", "reaD", "commandx"})
    CAF_CHECK_EQUAL(failure(who, "login", json{{"secret", secret}}.dump()).starts_with("wrong_secret"),
                    *secret != '\0');
  CAF_CHECK_EQUAL(text(who, "login", R"({"secret":"read"})"), reader);
  CAF_CHECK(is_open(who));
  CAF_CHECK_EQUAL(failure(who, "login", R"({"secret":"x"})"), wrong);
  CAF_CHECK(failure(who, "login", R"({"secret":"command"})").starts_with("wrong_secret: three"));
  CAF_CHECK(failure(who, "status").starts_with("wrong_secret: three"));
  pass(1s);
  CAF_CHECK_EQUAL(who.way->closed, texts{"three wrong secrets"});
  CAF_CHECK(!is_alive(who.visitor));
  CAF_CHECK_EQUAL(lines(), texts(3, "monitor login refused"));
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(visitor_with_read_secret, fixture_with_read_secret)

CAF_TEST(without a cluster secret an empty one is none) {
  CAF_CHECK(failure(who, "login", R"({"secret":""})").starts_with("bad_arguments"));
  CAF_CHECK_EQUAL(failure(who, "login", R"({"secret":"x"})"), wrong);
  CAF_CHECK_EQUAL(text(who, "login", R"({"secret":"read"})"), reader);
  CAF_CHECK_EQUAL(failure(who, "drain"),
                  "not_allowed: commands need a cluster secret: start abilityd with --cluster-secret");
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(visitor_tests, fixture)

// -- questions ---

CAF_TEST(each message of the program is told to be handled) {
  text(who, "status");
  text(who, "nonsense", "{");
  CAF_CHECK_EQUAL(who.way->handled, 2u);
  // Some that no visitor understands.
  self->send(caf::actor_cast<caf::actor>(who.visitor), std::string{"alone"});
  self->send(caf::actor_cast<caf::actor>(who.visitor), std::string{"a"}, std::string{"b"}, std::string{"c"});
  consume_messages();
  CAF_CHECK_EQUAL(who.way->handled, 4u);
  CAF_CHECK(is_open(who));
}

CAF_TEST(a program may send instead of request) {
  self->send(who.visitor, std::string{"unwatch"}, std::string{});
  consume_messages();
  std::string answer;
  self->receive([&](const std::string& json) { answer = json; });
  CAF_CHECK_EQUAL(answer, R"({"watching":false})");
  caf::anon_send(who.visitor, std::string{"watch"}, std::string{});  // nobody to tell
  consume_messages();
  CAF_CHECK(is_open(who));
  pass(1s);
  CAF_CHECK(is_open(who));
}

CAF_TEST(sixteen questions may be under way) {
  std::vector<std::string> answers;
  const auto one_more = [this] {
    return self->request(who.visitor, caf::infinite, std::string{"status"}, std::string{});
  };
  std::vector<decltype(one_more())> asked;
  for (std::size_t i = 0; i < visitor_state::max_under_way + 2; ++i)
    asked.push_back(one_more());
  while (sched.prioritize(who.visitor))
    sched.run_once();
  consume_messages();
  std::size_t busy = 0;
  for (auto& each : asked)
    each.receive(
        [&](const std::string& text) {
          const auto answer = json::parse(text);
          busy += answer.contains("error") && answer["error"]["code"] == "busy";
        },
        [](const caf::error&) { CAF_ERROR("no answer"); });
  CAF_CHECK_EQUAL(busy, 2u);
  CAF_CHECK(ask(who, "status").contains("node"));
}

// -- the feed ---

CAF_TEST(a program that watches is fed) {
  const auto saw = watch(who, R"({"interval_ms":500,"events":["connected"]})");
  CAF_CHECK_EQUAL(saw->answer, R"({"watching":true})");
  let_in("s1");
  for (auto i = 0; i < 20; ++i)
    pass(500ms);
  CAF_CHECK_EQUAL(saw->snapshots.size(), 20u);
  CAF_CHECK_EQUAL(saw->heard(), texts{R"(connected s1 {"sid":"s1"})"});
  CAF_CHECK_EQUAL(who.way->handled, 22u);  // the question and 21 answers
  CAF_CHECK(is_open(who));
}

CAF_TEST(a program may ask while it watches and may stop to watch) {
  const auto saw = watch(who, "{}");
  CAF_CHECK(ask(who, "status").contains("node"));
  pass(1s);
  CAF_CHECK_EQUAL(text(who, "unwatch"), R"({"watching":false})");
  pass(1s);
  pass(1s);
  CAF_CHECK_EQUAL(saw->snapshots.size(), 1u);
  CAF_CHECK(is_open(who));
}

CAF_TEST(the latest program that asks to watch is the one that is fed) {
  const auto first = watch(who, "{}");
  const auto old = program;
  const auto second = watch(who, "{}");
  caf::anon_send_exit(old, caf::exit_reason::kill);
  pass(1s);
  CAF_CHECK(first->snapshots.empty());
  CAF_CHECK_EQUAL(second->snapshots.size(), 1u);
}

CAF_TEST(a watcher that never answers is dropped after sixteen feeds) {
  const auto other = attach();
  const auto fine = watch(other, R"({"interval_ms":100})");
  const auto saw = watch(who, R"({"interval_ms":100})");
  saw->answers = false;
  for (auto i = 0; i < 16; ++i)
    pass(100ms);
  CAF_CHECK_EQUAL(saw->texts.size(), 16u);
  CAF_CHECK(is_open(who));
  pass(100ms);
  CAF_CHECK_EQUAL(saw->texts.size(), 16u);
  check_closed(who, "watcher too slow");
  CAF_CHECK_EQUAL(lines(), texts{"watcher too slow"});
  pass(100ms);
  CAF_CHECK_EQUAL(fine->snapshots.size(), 18u);
  CAF_CHECK(is_open(other));
}

CAF_TEST(a watcher that answers late is fed on) {
  const auto saw = watch(who, R"({"interval_ms":100})");
  saw->answers = false;
  for (auto round = 0; round < 5; ++round) {
    for (auto i = 0; i < 16; ++i)
      pass(100ms);
    caf::anon_send(program, late_answer::nothing);
    consume_messages();
  }
  CAF_CHECK_EQUAL(saw->texts.size(), 80u);
  CAF_CHECK(is_open(who));
}

CAF_TEST(whatever a watcher answers is an answer) {
  const auto saw = watch(who, R"({"interval_ms":100})");
  saw->answers = false;
  for (auto i = 0; i < 30; ++i) {
    pass(100ms);
    CAF_REQUIRE_EQUAL(saw->owed.size(), 1u);
    caf::anon_send(program, static_cast<late_answer>(i % 4));
    consume_messages();
  }
  CAF_CHECK_EQUAL(saw->texts.size(), 30u);
  CAF_CHECK_EQUAL(who.way->handled, 31u);
  CAF_CHECK(is_open(who));
}

CAF_TEST(a watcher without a handler for the feed costs nothing but its answers) {
  auto answer = std::make_shared<std::string>();
  const auto deaf = ends(sys.spawn(
      [this, answer](caf::event_based_actor* self, int) -> caf::behavior {
        self->set_default_handler(caf::drop);
        self->request(who.visitor, caf::infinite, std::string{"watch"}, std::string{R"({"interval_ms":100})"})
            .then([answer](const std::string& json) { *answer = json; });
        return {[](int) {}};
      },
      0));
  consume_messages();
  CAF_CHECK_EQUAL(*answer, R"({"watching":true})");
  for (auto i = 0; i < 50; ++i)
    pass(100ms);
  CAF_CHECK(is_open(who));
}

CAF_TEST(a watcher that dies is fed no more while its connection stays) {
  const auto saw = watch(who, R"({"interval_ms":100,"events":true})");
  CAF_CHECK_EQUAL(here.watched_events.load(), all_event_kinds);
  caf::anon_send_exit(program, caf::exit_reason::kill);
  consume_messages();
  CAF_CHECK_EQUAL(here.watched_events.load(), 0u);
  for (auto i = 0; i < 20; ++i)
    pass(100ms);
  CAF_CHECK(is_open(who));
  CAF_CHECK_EQUAL(who.way->handled, 1u);
}

CAF_TEST(a watcher that is refused is not taken for one) {
  std::vector<attached> others;
  for (std::size_t i = 0; i < monitor_feed::max_watchers; ++i) {
    others.push_back(attach());
    watch(others.back(), R"({"interval_ms":60000})");
  }
  const auto saw = watch(who, "{}");
  CAF_CHECK(json::parse(saw->answer)["error"]["code"] == "busy");
  pass(visitor_state::idle_after);
  pass(1s);
  CAF_CHECK_EQUAL(who.way->closed, texts{"idle"});
}

// -- ends ---

CAF_TEST(a visitor ends with its connection) {
  const auto saw = watch(who, R"({"interval_ms":100,"events":true})");
  caf::anon_send(who.visitor, passage_closed{"gone"});
  consume_messages();
  CAF_CHECK(!is_alive(who.visitor));
  CAF_CHECK(who.way->closed.empty());
  CAF_CHECK_EQUAL(who.way.use_count(), 2);  // this one and the fixture's
  CAF_CHECK_EQUAL(here.watched_events.load(), 0u);
  pass(1s);
  CAF_CHECK(saw->snapshots.empty());
}

CAF_TEST(an exit message to the visitor ends it and its connection and nothing else) {
  const auto other = attach();
  const auto fine = watch(other, R"({"interval_ms":100})");
  watch(who, R"({"interval_ms":100,"events":true})");
  caf::anon_send_exit(who.visitor, caf::exit_reason::kill);
  consume_messages();
  check_closed(who, "the visitor has ended");
  CAF_CHECK_EQUAL(here.watched_events.load(), 0u);
  CAF_CHECK(is_alive(program));
  pass(100ms);
  CAF_CHECK_EQUAL(fine->snapshots.size(), 1u);
}

CAF_TEST(a visitor ends with the monitor) {
  watch(who, "{}");
  caf::anon_send_exit(here.monitor, caf::exit_reason::user_shutdown);
  consume_messages();
  CAF_CHECK_EQUAL(who.way->closed, texts{"the node stops"});
  CAF_CHECK(!is_alive(who.visitor));
  const auto late = attach();
  consume_messages();
  CAF_CHECK_EQUAL(late.way->closed, texts{"the node stops"});
}

CAF_TEST(a program that does not read is closed before four mebibytes wait) {
  const auto deaf = attach();
  for (auto i = 0; i < 60; ++i)
    caf::anon_send(here.lanes[0]->registry, connection_opened{let_in("s" + std::to_string(i)).actor, 0, "x"});
  std::size_t answers = 0;
  std::size_t busy = 0;
  for (auto i = 0; i < 2'000 && is_open(deaf); ++i) {
    auto asked = self->request(deaf.visitor, caf::infinite, std::string{"connections"}, std::string{});
    consume_messages();
    asked.receive([&](const std::string& json) { (json.size() > 1'000 ? answers : busy) += 1; },
                  [](const caf::error&) {});
  }
  // Answers stop at a mebibyte; what is refused is short.
  CAF_CHECK(is_open(deaf));
  CAF_CHECK_GREATER(answers, 50u);
  CAF_CHECK_GREATER(busy, 500u);
  deaf.way->sent += 2'000'000;
  CAF_CHECK(ask(deaf, "connections").contains("connections"));
}

CAF_TEST(a watcher that does not read is closed) {
  const auto saw = watch(who, R"({"interval_ms":0,"events":true})");
  std::size_t feeds = 0;
  for (; feeds < 1'000 && is_open(who); ++feeds) {
    for (auto i = 0; i < 280; ++i)
      report(here, event_kind::gap, std::string(max_event_text, '\x01'), std::string(max_event_text, '\x02'));
    consume_messages();
    pass(100ms);
  }
  check_closed(who, "reads too slowly");
  CAF_CHECK_LESS(feeds, 10u);
}

CAF_TEST(heartbeats and the like do not add up to a credit) {
  const auto saw = watch(who, R"({"interval_ms":0,"events":true})");
  who.way->sent += 100'000'000;  // in a year
  report(here, event_kind::gap, "s");
  consume_messages();
  pass(100ms);
  std::size_t feeds = 0;
  for (; feeds < 1'000 && is_open(who); ++feeds) {
    for (auto i = 0; i < 280; ++i)
      report(here, event_kind::gap, std::string(max_event_text, '\x01'), std::string(max_event_text, '\x02'));
    consume_messages();
    pass(100ms);
  }
  CAF_CHECK_LESS(feeds, 10u);
}

CAF_TEST(who asks nothing in ten seconds is closed) {
  for (auto i = 0; i < 9; ++i)
    pass(1s);
  CAF_CHECK(is_open(who));
  pass(1s);
  pass(1s);
  check_closed(who, "nothing was asked");
}

CAF_TEST(who has asked may be silent for five minutes) {
  text(who, "status");
  for (auto i = 0; i < 299; ++i)
    pass(1s);
  CAF_CHECK(is_open(who));
  text(who, "status");
  for (auto i = 0; i < 299; ++i)
    pass(1s);
  CAF_CHECK(is_open(who));
  for (auto i = 0; i < 2; ++i)
    pass(1s);
  check_closed(who, "idle");
}

CAF_TEST(who watches may be silent for ever) {
  watch(who, R"({"interval_ms":0,"events":true})");
  for (auto i = 0; i < 1'000; ++i)
    pass(1s);
  CAF_CHECK(is_open(who));
  text(who, "unwatch");
  for (auto i = 0; i < 301; ++i)
    pass(1s);
  check_closed(who, "idle");
}

CAF_TEST_FIXTURE_SCOPE_END()
