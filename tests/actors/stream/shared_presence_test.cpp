#define CAF_SUITE shared_presence
// Members of a stream that nodes share.
#include "actors/stream/presence/shared_presence.hpp"

#include <string>
#include <vector>

#include "actors/monitor/query.hpp"
#include "actors/node/totals.hpp"
#include "actors/stream/stream_reader.hpp"
// last
#include "tests/actors/stream/shared_presence_fixture.hpp"

using namespace ability;

CAF_TEST_FIXTURE_SCOPE(shared_presence_tests, shared_presence_fixture)

CAF_TEST(streams without presence ask nothing) {
  const auto who = follower("s1");
  passes(60s);
  CAF_CHECK_EQUAL(store->questions(), nothing);
}

CAF_TEST(a session joins and leaves in the store) {
  const auto who = follower("s1");
  joins(who, "me", "1");
  CAF_CHECK_EQUAL(store->questions(), texts{"join s1 me"});
  answers({{outcome::joined}});
  CAF_CHECK_EQUAL(reads(who), nothing);  // the channel tells
  CAF_CHECK_EQUAL(counted().presence_joins.get(), 1u);
  CAF_CHECK_EQUAL(present_members(here), 1u);
  asks(who, command_type::leave);
  CAF_CHECK_EQUAL(store->questions(), texts{"leave s1 me"});
  answers({{outcome::left}}, 0);
  CAF_CHECK_EQUAL(counted().presence_leaves.get(), 1u);
  CAF_CHECK_EQUAL(present_members(here), 0u);
  asks(who, command_type::leave);
  CAF_CHECK_EQUAL(reads(who), texts{reason("not present")});
  CAF_CHECK_EQUAL(store->questions(), nothing);
}

CAF_TEST(followers are told of members of all nodes) {
  const auto who = follower("s1");
  tells({{true, "a", "1"}, {false, "b"}});
  CAF_CHECK_EQUAL(reads(who), (texts{presence_message(news, R"({"type":"join","info":1,"id":"a"})"),
                                     presence_message(news, R"({"type":"leave","id":"b"})")}));
}

CAF_TEST(orders that come while others are under way go together) {
  std::vector<client> all;
  for (const auto* sid : {"s1", "s2", "s3"})
    all.push_back(follower(sid));
  for (const auto& each : all)
    joins(each, each.sid);
  CAF_CHECK_EQUAL(store->questions(), texts{"join s1 s1"});
  answers({{outcome::joined}});
  CAF_CHECK_EQUAL(store->questions(), texts{"join s2 s2, join s3 s3"});
  answers({{outcome::joined}, {outcome::full}}, 2);
  CAF_CHECK_EQUAL(reads(all[1]), nothing);
  CAF_CHECK_EQUAL(reads(all[2]), texts{reason("too many members (--presence-max-members)")});
  CAF_CHECK_EQUAL(counted().limit_hits[static_cast<std::size_t>(limit::presence_members)].get(), 1u);
  CAF_CHECK_EQUAL(present_members(here), 2u);
}

CAF_TEST(a storm is a few batches) {
  std::vector<client> all;
  for (int i = 0; i < 300; ++i)
    all.push_back(follower("s" + std::to_string(i)));
  for (const auto& each : all)
    joins(each, each.sid);
  CAF_CHECK_EQUAL(store->questions().size(), 1u);
  answers({{outcome::joined}});
  answers(std::vector<member_result>(128, {outcome::joined}), 129);
  answers(std::vector<member_result>(128, {outcome::joined}), 257);
  answers(std::vector<member_result>(43, {outcome::joined}), 300);
  CAF_CHECK_EQUAL(store->questions().size(), 3u);
  CAF_CHECK_EQUAL(present_members(here), 300u);
}

CAF_TEST(a session has one id) {
  const auto who = member("s1", "me");
  joins(who, "you");
  CAF_CHECK_EQUAL(reads(who), texts{reason("the session is present with another id")});
  CAF_CHECK_EQUAL(store->questions(), nothing);
  joins(who, "me", "2");
  CAF_CHECK_EQUAL(store->questions(), texts{"join s1 me"});
  answers({{outcome::updated}});
  CAF_CHECK_EQUAL(counted().presence_joins.get(), 1u);
}

CAF_TEST(a session that ends is due after its time and the stream waits for it) {
  const auto other = follower("s2");
  const auto who = member("s1", "me");
  ends(who);
  CAF_CHECK_EQUAL(store->questions(), texts{"gone s1 me in 15000"});
  answers({{outcome::gone}}, 1, 15s);
  CAF_CHECK_EQUAL(present_members(here), 0u);
  ends(other);
  const auto asked = log->questions();
  CAF_REQUIRE(!asked.empty());
  CAF_CHECK_EQUAL(asked.back(), "read news behind 0");
  passes(14s);
  passes(2s);
  CAF_CHECK_EQUAL(store->questions(), texts{"expire"});
  answers({{outcome::expired, 1}}, 0);
  CAF_CHECK_EQUAL(counted().presence_expired.get(), 1u);
  CAF_CHECK_EQUAL(counted().presence_leaves.get(), 1u);
  CAF_CHECK_EQUAL(log->questions(), nothing);
  passes(1s);
  CAF_CHECK_EQUAL(log->questions(), texts{"leave news"});
}

CAF_TEST(a session that ends before its join is answered) {
  const auto other = follower("s2");
  const auto joins_and_ends = [this](const std::string& sid, const std::string& id) {
    const auto& whom = here.directory_of("news");
    caf::anon_send(whom, presence_call{presence_call::kind::join, "news", sid,
                                       std::make_shared<const presence_request>(presence_request{.id = id})});
    caf::anon_send(whom, member_gone{"news", sid});
    consume_messages();
    store->questions();
  };
  joins_and_ends("s1", "a");
  answers({{outcome::joined}});
  CAF_CHECK_EQUAL(store->questions(), texts{"gone s1 a in 15000"});
  answers({{outcome::gone}}, 1, 15s);
  joins_and_ends("s3", "b");
  answers({{outcome::full}}, 1, 15s);
  CAF_CHECK_EQUAL(store->questions(), texts{"leave s3 b"});  // others would be told that it leaves
  answers({{outcome::absent}}, 1, 15s);
  CAF_CHECK_EQUAL(present_members(here), 0u);
}

CAF_TEST(sessions are renewed and dead nodes looked after) {
  const auto who = member("s1", "me");
  passes(13s);
  CAF_CHECK_EQUAL(store->questions(), nothing);
  passes(2s);
  CAF_CHECK_EQUAL(store->questions(), texts{"renew s1 me, expire"});
  answers({{outcome::renewed}, {outcome::expired, 2}}, 1, 50s);
  CAF_CHECK_EQUAL(counted().presence_expired.get(), 2u);
  passes(15s);
  CAF_CHECK_EQUAL(store->questions(), texts{"renew s1 me, expire"});
}

CAF_TEST(a follower looks after the members that it hears of) {
  const auto who = follower("s1");
  tells({{true, "a"}});
  passes(15s);
  CAF_CHECK_EQUAL(store->questions(), texts{"expire"});
  answers({{outcome::expired}}, 1, 40s);
  passes(15s);
  CAF_CHECK_EQUAL(store->questions(), texts{"expire"});
  answers({{outcome::expired}}, 1, 5s);
  passes(6s);
  CAF_CHECK_EQUAL(store->questions(), texts{"expire"});
  answers({{outcome::expired, 1}}, 0);
  passes(60s);
  CAF_CHECK_EQUAL(store->questions(), nothing);
}

CAF_TEST(while the store is not trusted nobody is taken for gone) {
  const auto who = member("s1", "me");
  store->trusted = here.now() + 20s;
  passes(15s);
  CAF_CHECK_EQUAL(store->questions(), texts{"renew s1 me"});
  answers({{outcome::renewed}}, 2, 1s);
  passes(3s);
  CAF_CHECK_EQUAL(store->questions(), nothing);
  passes(2s);
  CAF_CHECK_EQUAL(store->questions(), texts{"expire"});
}

// -- questions ---

CAF_TEST(questions share a reading) {
  std::vector<client> all;
  for (const auto* sid : {"s1", "s2", "s3"})
    all.push_back(follower(sid));
  asks(all[0], command_type::presence, {.wants_records = false});
  asks(all[1], command_type::presence);
  asks(all[2], command_type::presence, {.wants_records = false});
  CAF_CHECK_EQUAL(store->questions(), texts{"count"});
  store->show({});
  consume_messages();
  CAF_CHECK_EQUAL(store->questions(), texts{"list some"});
  store->show({{"a", "1", 1, 0}, {"b", "", 2, 1}});
  consume_messages();
  CAF_CHECK_EQUAL(reads(all[0]), texts{presence_message(news, R"({"type":"info","total":0})")});
  CAF_CHECK_EQUAL(reads(all[1]), texts{presence_message(
                                     news, R"({"type":"info","total":2,"records":[{"info":1,"id":"a"},{"id":"b"}]})")});
  CAF_CHECK_EQUAL(reads(all[2]), texts{presence_message(news, R"({"type":"info","total":2})")});
}

CAF_TEST(a listing that is too long is refused to clients) {
  const auto who = follower("s1");
  asks(who, command_type::presence);
  store->show({{"a", "1", 1, 0}}, true);
  consume_messages();
  CAF_REQUIRE_EQUAL(who.box->seen.size(), 1u);
  CAF_CHECK(who.box->seen.front().find("the members are too many for one message") != std::string::npos);
}

CAF_TEST(programs are told of streams that nobody follows here) {
  std::string told;
  find_members(home(), "elsewhere", [&](const presence_answer* found) { told = *found->listing; });
  consume_messages();
  CAF_CHECK_EQUAL(store->questions(), texts{"list all"});
  CAF_CHECK_EQUAL(log->questions(), nothing);
  store->show({{"a", "1", 1, 0}});
  consume_messages();
  CAF_CHECK_EQUAL(told, R"({"type":"info","total":1,"records":[{"info":1,"id":"a"}]})");
  CAF_CHECK_EQUAL(open_streams(here), 0u);
}

CAF_TEST(the monitor is told of sessions) {
  auto asked = self->request(here.directory_of("news"), caf::infinite, describe_presence{"news", 1});
  consume_messages();
  store->show({{"a", "1", 1, 0}, {"b", "", 2, 1}});
  consume_messages();
  asked.receive(
      [&](const presence_facts& facts) {
        CAF_CHECK_EQUAL(facts.total, 2u);
        CAF_CHECK_EQUAL(facts.sessions, 3u);
        CAF_CHECK_EQUAL(facts.members.size(), 1u);
      },
      [](const caf::error&) { CAF_FAIL("no answer"); });
}

// -- streams without a log ---

CAF_TEST(a stream without a log follows its channel for presence) {
  const auto typing = identifier_of("typing/1");
  const auto who = let_in("s1");
  asks(who, command_type::subscribe, {}, typing);
  CAF_CHECK_EQUAL(log->questions(), texts{"follow typing/1"});
  CAF_CHECK_EQUAL(reads(who), nothing);
  is_followed();
  CAF_CHECK_EQUAL(reads(who), texts{confirm_subscription(typing)});
  CAF_CHECK_EQUAL(log->questions(), nothing);
  CAF_CHECK_EQUAL(store->questions(), texts{"expire"});  // finds those who are there
  answers({{outcome::expired}}, 0);
  tells({{true, "a"}});
  CAF_CHECK_EQUAL(reads(who), texts{presence_message(typing, R"({"type":"join","id":"a"})")});
  ends(who);
  CAF_CHECK_EQUAL(log->questions(), texts{"leave typing/1"});
}

CAF_TEST_FIXTURE_SCOPE_END()
