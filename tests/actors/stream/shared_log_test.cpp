#define CAF_SUITE shared_log
// Logs of streams that nodes share: publications, and those who follow.

// last
#include "tests/actors/stream/shared_log_fixture.hpp"

using namespace ability;

CAF_TEST_FIXTURE_SCOPE(shared_log_tests, shared_log_fixture)

// -- publications ---

CAF_TEST(a publisher is told once the log has its publication) {
  const auto told = send_one("1");
  CAF_REQUIRE_EQUAL(store->on_their_way.size(), 1u);
  CAF_CHECK(!*told);
  store->take_one(home());
  consume_messages();
  CAF_REQUIRE(*told);
  CAF_CHECK(!(*told)->failure);
  CAF_CHECK((*told)->positions == publication_positions{stream_position{0xE, 1}});
}

CAF_TEST(a publication that the log refuses is refused) {
  const auto told = send_one("1");
  store->fail_one(home(), redis_failure::out_of_memory);
  consume_messages();
  CAF_REQUIRE(*told);
  CAF_CHECK((*told)->failure == redis_failure::out_of_memory);
  CAF_CHECK_EQUAL(home().counters.refused_broadcasts.get(), 1u);
}

CAF_TEST(while the store is away all of a request are refused) {
  store->refusal = redis_failure::away;
  const auto told = send({{.stream = "news", .data = "1"}, {.stream = "other", .data = "2"}});
  CAF_REQUIRE(*told);
  CAF_CHECK((*told)->failure == redis_failure::away);
  CAF_CHECK(store->on_their_way.empty());
  CAF_CHECK_EQUAL(home().counters.refused_broadcasts.get(), 2u);
}

CAF_TEST(a publication that is perhaps in the log counts more than one that is not ) {
  const auto told =
      send({{.stream = "news", .data = "1"}, {.stream = "news", .data = "2"}, {.stream = "news", .data = "3"}});
  store->fail_one(home(), redis_failure::out_of_memory);
  store->answer_one(home(), {.what = log_appended::outcome::unsure});
  store->take_one(home());
  consume_messages();
  CAF_REQUIRE(*told);
  CAF_CHECK((*told)->failure == redis_failure::no_answer);
}

CAF_TEST(a repetition is told the first position and reaches nobody) {
  const auto who = follower("s1");
  const auto told = send_one("1");
  store->answer_one(home(), {.what = log_appended::outcome::earlier, .at = {0xE, 7}});
  consume_messages();
  CAF_REQUIRE(*told);
  CAF_CHECK((*told)->positions.front() == (stream_position{0xE, 7}));
  CAF_CHECK_EQUAL(shared_log_fixture::told(who), nothing);
}

CAF_TEST(an answer that never comes is told as none) {
  const auto told = send_one("1");
  store->on_their_way.clear();
  CAF_REQUIRE(*told);
  CAF_CHECK((*told)->failure == redis_failure::no_answer);
}

CAF_TEST(transient publications do not pass the log) {
  const auto who = follower("s1");
  send({{.stream = "news", .data = "1", .data_is_json = true, .transient = true}});
  CAF_CHECK(store->on_their_way.empty());
  CAF_CHECK_EQUAL(told(who), texts{"1"});
}

// -- followers ---

CAF_TEST(a subscription is confirmed once the log is followed and read) {
  store->add("1", false);
  const auto who = let_in("s1", 0, positioned);
  asks(who, command_type::subscribe);
  CAF_CHECK_EQUAL(told(who), nothing);
  CAF_CHECK_EQUAL(store->questions(), texts{"follow news"});
  caf::anon_send(store->follower, log_followed{});
  consume_messages();
  CAF_CHECK_EQUAL(store->questions(), texts{"read news behind 0"});
  show(0);
  CAF_CHECK_EQUAL(told(who), texts{confirmed});
  add("2");
  CAF_CHECK_EQUAL(told(who), texts{"2@2"});
}

CAF_TEST(a follower gets each publication once from answers and from the channel) {
  const auto who = follower("s1");
  send_one("1");
  store->take_one(home());
  consume_messages();
  CAF_CHECK_EQUAL(told(who), texts{"1@1"});
  store->tell_last();
  consume_messages();
  CAF_CHECK_EQUAL(told(who), nothing);
  add("2");
  CAF_CHECK_EQUAL(told(who), texts{"2@2"});
}

CAF_TEST(an answer that overtakes the channel waits and is looked after) {
  const auto who = follower("s1");
  send_one("2");
  store->add("1", false);
  store->take_one(home());
  consume_messages();
  CAF_CHECK_EQUAL(told(who), nothing);
  CAF_CHECK_EQUAL(store->questions(), nothing);
  later(100ms);
  CAF_CHECK_EQUAL(store->questions(), texts{"read news behind 0"});
  show(0);
  CAF_CHECK_EQUAL(told(who), (texts{"1@1", "2@2"}));
}

CAF_TEST(a message that the channel has lost is read at once) {
  const auto who = follower("s1");
  add("1");
  add("2", false);
  add("3");
  CAF_CHECK_EQUAL(told(who), texts{"1@1"});
  CAF_CHECK_EQUAL(store->questions(), texts{"read news behind 1"});
  show(1);
  CAF_CHECK_EQUAL(told(who), (texts{"2@2", "3@3"}));
  CAF_CHECK_EQUAL(home().counters.redis.filled.get(), 2u);
  CAF_CHECK_EQUAL(gaps(), 0u);
}

CAF_TEST(a message that an idle stream has lost is found within 25 s) {
  const auto who = follower("s1");
  add("1", false);
  later(22s);
  CAF_CHECK_EQUAL(store->questions(), nothing);
  later(3s);
  CAF_CHECK_EQUAL(store->questions(), texts{"read news behind 0"});
  show(0);
  CAF_CHECK_EQUAL(told(who), texts{"1@1"});
  later(25s);
  CAF_CHECK_EQUAL(store->questions(), texts{"read news behind 1"});
}

CAF_TEST(each reconnect is followed by a reading) {
  const auto who = follower("s1");
  add("1", false);
  caf::anon_send(store->follower, log_followed{});
  consume_messages();
  CAF_CHECK_EQUAL(store->questions(), texts{"read news behind 0"});
  caf::anon_send(store->follower, log_followed{});  // again, while it is read
  consume_messages();
  CAF_CHECK_EQUAL(store->questions(), nothing);
  show(0);
  CAF_CHECK_EQUAL(store->questions(), texts{"read news behind 1"});
  CAF_CHECK_EQUAL(told(who), texts{"1@1"});
}

CAF_TEST(a reading that fails is made again) {
  const auto who = follower("s1");
  caf::anon_send(store->follower, log_followed{});
  consume_messages();
  store->questions();
  store->fail_to_show(0, redis_failure::busy);
  consume_messages();
  later(1s);
  CAF_CHECK_EQUAL(store->questions(), texts{"read news behind 0"});
}

CAF_TEST(a reading without a connection waits for it) {
  const auto who = follower("s1");
  caf::anon_send(store->follower, log_followed{});
  consume_messages();
  store->questions();
  store->fail_to_show(0, redis_failure::away);
  consume_messages();
  later(20s);
  CAF_CHECK_EQUAL(store->questions(), nothing);
  caf::anon_send(store->follower, log_followed{});
  consume_messages();
  CAF_CHECK_EQUAL(store->questions(), texts{"read news behind 0"});
}

CAF_TEST(without the log a subscription is confirmed after a while and its history refused) {
  const auto who = let_in("s1", 0, positioned);
  asks(who, command_type::subscribe, from({0xE, 1}));
  later(2'900ms);
  CAF_CHECK_EQUAL(told(who), nothing);
  later(100ms);
  CAF_CHECK_EQUAL(told(who), (texts{confirmed, rejected}));
  const auto next = let_in("s2", 0, positioned);
  asks(next, command_type::subscribe);
  CAF_CHECK_EQUAL(told(next), texts{confirmed});
  add("1", false);
  caf::anon_send(store->follower, log_followed{});
  consume_messages();
  show(0);
  add("2");
  CAF_CHECK_EQUAL(told(who), (texts{rejected, "2@2"}));
  CAF_CHECK_EQUAL(told(next), (texts{rejected, "2@2"}));
  asks(next, command_type::history, from({0xE, 0}));
  CAF_CHECK_EQUAL(told(next), texts{rejected});  // 1 would come behind 2
}

CAF_TEST(a client that leaves while its subscription waits is forgotten) {
  const auto who = let_in("s1", 0, positioned);
  asks(who, command_type::subscribe);
  caf::anon_send(who.actor, client_gone{});
  consume_messages();
  caf::anon_send(store->follower, log_followed{});
  consume_messages();
  show(0);
  later(10s);
  CAF_CHECK(!ask<stream_facts>(here.directory_of("news"), describe_stream{"news", 0}).found);
  CAF_CHECK_EQUAL(store->questions().back(), "leave news");
}

CAF_TEST(a stream without followers leaves the log) {
  const auto who = follower("s1");
  add("1");
  caf::anon_send(who.actor, client_gone{});
  consume_messages();
  later(10s);
  CAF_CHECK_EQUAL(store->questions(), texts{"leave news"});
  send_one("2");
  store->take_one(home());
  consume_messages();
  CAF_CHECK_EQUAL(home().counters.unheard_broadcasts.get(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
