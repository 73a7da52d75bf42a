#define CAF_SUITE monitor_session_feed
// Feeds to a program that watches.
#include "tests/actors/monitor/monitor_session_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

using texts = std::vector<std::string>;

}  // namespace

CAF_TEST_FIXTURE_SCOPE(monitor_session_feed, monitor_session_fixture)

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
        self->request(who.session, caf::infinite, std::string{"watch"}, std::string{R"({"interval_ms":100})"})
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
  pass(monitor_session_state::idle_after);
  pass(1s);
  CAF_CHECK_EQUAL(who.way->closed, texts{"idle"});
}

CAF_TEST_FIXTURE_SCOPE_END()
