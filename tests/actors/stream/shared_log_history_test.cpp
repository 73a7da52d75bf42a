#define CAF_SUITE shared_log_history
// Logs of streams that nodes share: clients that come back, and logs that go on in another epoch.

// last
#include "tests/actors/stream/shared_log_fixture.hpp"

using namespace ability;

CAF_TEST_FIXTURE_SCOPE(shared_log_history_tests, shared_log_fixture)

// -- history ---

CAF_TEST(a client that comes back gets what it missed) {
  const auto who = follower("s1");
  for (const auto* each : {"1", "2", "3"})
    add(each);
  const auto back = let_in("s2", 0, positioned);
  asks(back, command_type::subscribe, from({0xE, 1}));
  CAF_CHECK_EQUAL(told(back), (texts{confirmed, "2@2", "3@3", complete}));
  CAF_CHECK_EQUAL(store->questions(), nothing);
}

CAF_TEST(a client that knows more than this node waits for it) {
  const auto who = follower("s1");
  add("1", false);
  add("2", false);
  const auto back = let_in("s2", 0, positioned);
  asks(back, command_type::subscribe, from({0xE, 1}));
  CAF_CHECK_EQUAL(told(back), nothing);
  CAF_CHECK_EQUAL(store->questions(), texts{"read news behind 0"});
  show(0);
  CAF_CHECK_EQUAL(told(back), (texts{confirmed, "2@2", complete}));
  CAF_CHECK_EQUAL(told(who), (texts{"1@1", "2@2"}));
}

CAF_TEST(a position that the log does not have is refused after one reading) {
  const auto who = follower("s1");
  add("1");
  for (const auto& asked : {from({0xE, 9}), from({0xF, 1})}) {
    const auto back = let_in("s2", 0, positioned);
    asks(back, command_type::subscribe, asked);
    CAF_CHECK_EQUAL(store->questions(), texts{"read news behind 1"});
    show(1);
    CAF_CHECK_EQUAL(told(back), (texts{confirmed, rejected}));
  }
}

CAF_TEST(a command for history waits for the node in the same way) {
  const auto who = follower("s1");
  store->add("1", false);
  asks(who, command_type::history, from({0xE, 1}));
  CAF_CHECK_EQUAL(told(who), nothing);
  show(0);
  CAF_CHECK_EQUAL(told(who), (texts{"1@1", complete}));
}

CAF_TEST(a copy that was dropped is read again for those who need it) {
  const auto who = follower("s1");
  add("1");
  add("2");
  caf::anon_send(store->follower, drop_log{});
  consume_messages();
  const auto back = let_in("s2", 0, positioned);
  asks(back, command_type::subscribe, from({0xE, 1}));
  CAF_CHECK_EQUAL(store->questions(), texts{"read news behind 0"});
  show(0);
  CAF_CHECK_EQUAL(told(back), (texts{confirmed, "2@2", complete}));
  CAF_CHECK_EQUAL(told(who), (texts{"1@1", "2@2"}));
}

// -- another epoch ---

CAF_TEST(after a failover that lost nothing all goes on) {
  const auto who = follower("s1");
  add("1");
  store->epoch = 0xF;
  store->ancestors = {{0xE, 1}};
  add("2");
  CAF_CHECK_EQUAL(store->questions(), texts{"read news behind 1"});
  show(1);
  CAF_CHECK_EQUAL(store->questions(), texts{"read news behind 0"});
  show(0);
  CAF_CHECK_EQUAL(told(who), (texts{"1@1", "2@2"}));
  CAF_CHECK_EQUAL(gaps(), 0u);
  const auto back = let_in("s2", 0, positioned);
  asks(back, command_type::subscribe, from({0xE, 1}));
  CAF_CHECK_EQUAL(told(back), (texts{confirmed, "2@2", complete}));
}

CAF_TEST(who is ahead of what a failover has kept is told) {
  const auto who = follower("s1");
  add("1");
  add("2");
  store->log.pop_back();
  store->epoch = 0xF;
  store->ancestors = {{0xE, 1}};
  add("22");
  show(2);
  show(0);
  store->questions();
  const auto back = let_in("s2", 0, positioned);
  asks(back, command_type::subscribe, from({0xE, 2}));
  show(2);
  CAF_CHECK_EQUAL(told(back), (texts{confirmed, rejected}));
}

CAF_TEST(a log that was lost is a gap) {
  const auto who = follower("s1");
  add("1");
  store->log.clear();
  store->epoch = 0xF;
  add("2");
  show(1);
  show(0);
  CAF_CHECK_EQUAL(told(who), (texts{"1@1", rejected, "2@1"}));
  CAF_CHECK_EQUAL(gaps(), 1u);
  CAF_CHECK_EQUAL(home().counters.redis.gaps.get(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
