#define CAF_SUITE shared_presence_away
// Members of a stream that nodes share, while the store cannot be asked, and afterwards.
#include "actors/node/totals.hpp"
#include "actors/stream/presence/shared_presence.hpp"
// last
#include "tests/actors/stream/shared_presence_fixture.hpp"

using namespace ability;

CAF_TEST_FIXTURE_SCOPE(shared_presence_away_tests, shared_presence_fixture)

CAF_TEST(while the store is away commands are refused by name) {
  const auto who = follower("s1");
  store->refusal = redis_failure::away;
  joins(who, "me");
  CAF_CHECK_EQUAL(reads(who), texts{reason("presence is unavailable")});
  asks(who, command_type::presence);
  CAF_CHECK_EQUAL(reads(who), texts{reason("presence is unavailable")});
  CAF_CHECK_EQUAL(counted().presence_unavailable.get(), 2u);
  CAF_CHECK_EQUAL(present_members(here), 0u);
  store->questions();
  store->refusal.reset();
  is_followed();
  CAF_CHECK_EQUAL(store->questions(), nothing);  // it was told, and joins by itself
}

CAF_TEST(a join that may have been carried out is taken back) {
  const auto who = follower("s1");
  joins(who, "me");
  fails(redis_failure::no_answer);
  CAF_CHECK_EQUAL(reads(who), texts{reason("presence is unavailable")});
  store->questions();
  is_followed();
  CAF_CHECK_EQUAL(store->questions(), texts{"leave s1 me"});
  answers({{outcome::left}}, 0);
  CAF_CHECK_EQUAL(present_members(here), 0u);
}

CAF_TEST(the store is told afterwards who has left meanwhile) {
  const auto first = member("s1", "a");
  const auto second = member("s2", "b");
  store->refusal = redis_failure::away;
  asks(first, command_type::leave);
  CAF_CHECK_EQUAL(reads(first), texts{reason("presence is unavailable")});
  ends(second);
  passes(2s);
  store->questions();
  store->refusal.reset();
  is_followed();
  CAF_CHECK_EQUAL(store->questions(), texts{"gone s1 a, gone s2 b in 13000"});
  answers({{outcome::gone}, {outcome::gone}}, 2, 0s);
  CAF_CHECK_EQUAL(present_members(here), 0u);
}

CAF_TEST(an id that could not be left is left though the session wants another one) {
  const auto who = member("s1", "old");
  store->refusal = redis_failure::away;
  asks(who, command_type::leave);
  joins(who, "new");
  CAF_CHECK_EQUAL(reads(who), (texts{reason("presence is unavailable"), reason("presence is unavailable")}));
  store->questions();
  store->refusal.reset();
  is_followed();
  CAF_CHECK_EQUAL(store->questions(), texts{"leave s1 old"});
  answers({{outcome::left}}, 0);
  CAF_CHECK_EQUAL(present_members(here), 0u);
}

CAF_TEST(a session joins by another id behind the leave of the first one) {
  const auto who = member("s1", "old");
  asks(who, command_type::leave);
  fails(redis_failure::no_answer);
  store->questions();
  joins(who, "new");
  CAF_CHECK_EQUAL(store->questions(), texts{"leave s1 old, join s1 new"});
  answers({{outcome::left}, {outcome::joined}});
  CAF_CHECK_EQUAL(counted().presence_leaves.get(), 1u);
  CAF_CHECK_EQUAL(counted().presence_joins.get(), 2u);
  asks(who, command_type::leave);
  CAF_CHECK_EQUAL(store->questions(), texts{"leave s1 new"});
  answers({{outcome::left}}, 0);
  CAF_CHECK_EQUAL(present_members(here), 0u);
}

CAF_TEST(a session that has two ids to leave joins by no third one) {
  const auto who = member("s1", "a");
  store->refusal = redis_failure::away;
  asks(who, command_type::leave);
  store->refusal.reset();
  joins(who, "b");
  store->questions();
  fails(redis_failure::no_answer);
  joins(who, "c");
  CAF_CHECK_EQUAL(reads(who).back(), reason("presence is unavailable"));
  CAF_CHECK_EQUAL(store->questions(), nothing);
  passes(1s);
  CAF_CHECK_EQUAL(store->questions(), texts{"leave s1 a, leave s1 b, expire"});
}

CAF_TEST(a store that has lost its data is told again and nobody else) {
  const auto who = member("s1", "me");
  is_followed();
  CAF_CHECK_EQUAL(store->questions(), texts{"renew s1 me"});
  answers({{outcome::unknown}}, 0);
  CAF_CHECK_EQUAL(store->questions(), texts{"keep s1 me"});
  answers({{outcome::joined}});
  CAF_CHECK_EQUAL(counted().presence_kept.get(), 1u);
  CAF_CHECK_EQUAL(counted().presence_joins.get(), 1u);
}

CAF_TEST(a session that others took for gone joins again) {
  const auto who = member("s1", "me");
  store->refusal = redis_failure::away;
  passes(60s);
  store->questions();
  store->refusal.reset();
  is_followed();
  store->questions();
  answers({{outcome::unknown}}, 0);
  CAF_CHECK_EQUAL(store->questions(), texts{"join s1 me"});
  answers({{outcome::joined}});
  CAF_CHECK_EQUAL(counted().presence_joins.get(), 2u);
}

CAF_TEST(a full store is asked again soon) {
  const auto who = member("s1", "me");
  ends(who);
  fails(redis_failure::full);
  store->questions();
  passes(1s);
  CAF_CHECK_EQUAL(store->questions(), texts{"gone s1 me in 14000, expire"});
}

CAF_TEST(a join waits for the channel and not for long) {
  const auto who = let_in("s1");
  asks(who, command_type::subscribe);
  passes(3s);  // confirmed without the log
  reads(who);
  joins(who, "me");
  CAF_CHECK_EQUAL(store->questions(), nothing);
  passes(3s);
  CAF_CHECK_EQUAL(reads(who), texts{reason("presence is unavailable")});
  joins(who, "me");
  is_followed();
  CAF_CHECK_EQUAL(store->questions(), texts{"join s1 me"});
}

CAF_TEST_FIXTURE_SCOPE_END()
