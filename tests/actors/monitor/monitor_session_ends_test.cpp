#define CAF_SUITE monitor_session_ends
// Ends of a program, of its connection and of its monitor session.
#include "actors/node/events.hpp"
#include "tests/actors/monitor/monitor_session_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;

}  // namespace

CAF_TEST_FIXTURE_SCOPE(monitor_session_ends, monitor_session_fixture)

CAF_TEST(a monitor session ends with its connection) {
  const auto saw = watch(who, R"({"interval_ms":100,"events":true})");
  caf::anon_send(who.session, peer_connection_closed{"gone"});
  consume_messages();
  CAF_CHECK(!is_alive(who.session));
  CAF_CHECK(who.way->closed.empty());
  CAF_CHECK_EQUAL(who.way.use_count(), 2);  // this reference and the fixture's
  CAF_CHECK_EQUAL(here.watched_events.load(), 0u);
  pass(1s);
  CAF_CHECK(saw->snapshots.empty());
}

CAF_TEST(a session that has ended leaves nothing behind at the monitor) {
  caf::anon_send(who.session, peer_connection_closed{"gone"});
  consume_messages();
  pass(1s);  // its timer
  CAF_CHECK_EQUAL(holders(who.session), 1u);
  CAF_CHECK_EQUAL(deref<caf::scheduled_actor>(who.session).ctrl()->weak_refs.load(), 2u);  // its own, the fixture's
}

CAF_TEST(an exit message to the monitor session ends it and its connection and nothing else) {
  const auto other = attach();
  const auto fine = watch(other, R"({"interval_ms":100})");
  watch(who, R"({"interval_ms":100,"events":true})");
  caf::anon_send_exit(who.session, caf::exit_reason::kill);
  consume_messages();
  check_closed(who, "the monitor session has ended");
  CAF_CHECK_EQUAL(here.watched_events.load(), 0u);
  CAF_CHECK(is_alive(program));
  pass(100ms);
  CAF_CHECK_EQUAL(fine->snapshots.size(), 1u);
}

CAF_TEST(a monitor session ends with the monitor) {
  watch(who, "{}");
  caf::anon_send_exit(here.monitor, caf::exit_reason::user_shutdown);
  consume_messages();
  CAF_CHECK_EQUAL(who.way->closed, texts{"the node stops"});
  CAF_CHECK(!is_alive(who.session));
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
    auto asked = self->request(deaf.session, caf::infinite, std::string{"connections"}, std::string{});
    consume_messages();
    asked.receive([&](const std::string& json) { (json.size() > 1'000 ? answers : busy) += 1; },
                  [](const caf::error&) {});
  }
  // Answers stop at 1 MiB; refusals are short.
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
  who.way->sent += 100'000'000;  // as in a year
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
