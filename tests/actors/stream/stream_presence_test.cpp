#define CAF_SUITE stream_presence
#include "actors/node/totals.hpp"
#include "tests/actors/stream/stream_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

node_settings with_presence(std::chrono::milliseconds ttl = 15s) {
  auto how = open_to_all();
  how.presence.ttl = ttl;
  how.presence.max_members = 5'000;
  return how;
}

std::string event(std::string_view json, std::string_view identifier = "i") {
  return presence_message(identifier, json);
}

struct fixture : stream_fixture {
  explicit fixture(std::chrono::milliseconds ttl = 15s) : stream_fixture{with_presence(ttl)} {}

  presence_answer calls(presence_call::kind what, const std::string& sid, presence_request said = {}) {
    return actor_fixture::ask<presence_answer>(
        uut, presence_call{what, "news", sid, std::make_shared<const presence_request>(std::move(said))});
  }

  std::string joins(const std::string& sid, const std::string& id, const std::string& info = {}) {
    return std::string{calls(presence_call::kind::join, sid, {.id = id, .info = info}).refusal};
  }

  std::string leaves(const std::string& sid) { return std::string{calls(presence_call::kind::leave, sid).refusal}; }

  std::string listed(const std::string& sid = "s1") { return *calls(presence_call::kind::list, sid).listing; }

  void ends_session(const std::string& sid) {
    caf::anon_send(uut, member_gone{"news", sid});
    consume_messages();
  }

  void passes(std::chrono::milliseconds time) {
    advance_time(time);
    consume_messages();
  }

  std::size_t offers() const { return directory_told->idle.size(); }
};

struct without_ttl : fixture {
  without_ttl() : fixture{0s} {}
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(stream_presence_tests, fixture)

CAF_TEST(followers are told who comes and goes) {
  const auto who = someone();
  add(who);
  CAF_CHECK_EQUAL(joins("s1", "me", R"({"a":1})"), "");
  CAF_CHECK_EQUAL(joins("s2", "me"), "");
  CAF_CHECK_EQUAL(leaves("s1"), "");
  CAF_CHECK_EQUAL(leaves("s2"), "");
  CAF_CHECK_EQUAL(who.heard(), (texts{event(R"({"type":"join","info":{"a":1},"id":"me"})"),
                                      event(R"({"type":"leave","id":"me"})")}));
  CAF_CHECK_EQUAL(home.counters.presence_joins.get(), 1u);
  CAF_CHECK_EQUAL(home.counters.presence_leaves.get(), 1u);
  CAF_CHECK_EQUAL(home.counters.presence_expired.get(), 0u);
}

CAF_TEST(who does not come back leaves after its time) {
  const auto who = someone();
  add(who);
  joins("s1", "me");
  ends_session("s1");
  passes(14s);
  CAF_CHECK_EQUAL(who.heard().size(), 1u);
  passes(3s);
  CAF_CHECK_EQUAL(std::string{who.heard().back()}, event(R"({"type":"leave","id":"me"})"));
  CAF_CHECK_EQUAL(home.counters.presence_expired.get(), 1u);
  CAF_CHECK_EQUAL(listed(), R"({"type":"info","total":0})");
}

CAF_TEST(who comes back in time causes no event) {
  const auto who = someone();
  add(who);
  joins("s1", "me");
  ends_session("s1");
  passes(14s);
  joins("s2", "me", "2");
  passes(60s);
  CAF_CHECK_EQUAL(who.heard().size(), 1u);
  CAF_CHECK_EQUAL(home.counters.presence_returns.get(), 1u);
  CAF_CHECK_EQUAL(listed(), R"({"type":"info","total":1,"records":[{"info":2,"id":"me"}]})");
}

CAF_TEST(each session that ends has its own time) {
  const auto who = someone();
  add(who);
  joins("s1", "a");
  joins("s2", "b");
  ends_session("s1");
  passes(10s);
  ends_session("s2");
  passes(7s);
  CAF_CHECK_EQUAL(who.heard().size(), 3u);
  passes(9s);
  CAF_CHECK_EQUAL(who.heard().size(), 4u);
  CAF_CHECK_EQUAL(std::string{who.heard().back()}, event(R"({"type":"leave","id":"b"})"));
}

CAF_TEST(a storm of ends is one message for each follower) {
  const auto who = someone();
  add(who);
  for (int i = 0; i < 2'000; ++i)
    joins("s" + std::to_string(i), "m" + std::to_string(i));
  const auto before = who.told->batches.size();
  for (int i = 0; i < 2'000; ++i) {
    caf::anon_send(uut, member_gone{"news", "s" + std::to_string(i)});
    if (i % 500 == 0)
      passes(100ms);
  }
  consume_messages();
  passes(14s);
  passes(1s);
  passes(1s);
  passes(1s);
  CAF_CHECK_EQUAL(who.heard().size(), 4'000u);
  // 2,000 events have about 130 KB: batches of 64 KiB.
  CAF_CHECK_LESS_OR_EQUAL(who.told->batches.size() - before, 4u);
}

CAF_TEST(joins that wait together leave as one message) {
  const auto who = someone();
  add(who);
  for (int i = 0; i < 100; ++i) {
    const auto n = std::to_string(i);
    caf::anon_send(uut, presence_call{presence_call::kind::join, "news", "s" + n,
                                      std::make_shared<const presence_request>(presence_request{.id = n})});
  }
  consume_messages();
  CAF_CHECK_EQUAL(who.heard().size(), 100u);
  CAF_CHECK_EQUAL(who.told->batches.size(), 1u);
}

CAF_TEST(members that follow and join by turns are no fan - out each) {
  const auto who = someone();
  add(who);
  std::vector<follower> crowd;
  for (int i = 0; i < 20; ++i) {
    const auto n = std::to_string(i);
    ask(crowd.emplace_back(someone()));
    caf::anon_send(uut, presence_call{presence_call::kind::join, "news", "s" + n,
                                      std::make_shared<const presence_request>(presence_request{.id = n})});
  }
  consume_messages();
  for (const auto& each : crowd)
    CAF_CHECK_EQUAL(each.told->batches.size(), 1u);
  CAF_CHECK_EQUAL(who.heard().size(), 20u);
  CAF_CHECK_EQUAL(crowd.back().heard().size(), 20u);
}

CAF_TEST(many followers are sent one event at once and what follows together) {
  std::vector<follower> crowd;
  for (int i = 0; i < 100; ++i)
    add(crowd.emplace_back(someone()));
  const auto& who = crowd.front();
  joins("s0", "a");
  CAF_CHECK_EQUAL(who.heard().size(), 1u);
  joins("s1", "b");
  joins("s2", "c");
  CAF_CHECK_EQUAL(leaves("s1"), "");
  passes(3ms);
  CAF_CHECK_EQUAL(who.heard().size(), 1u);
  passes(1ms);
  CAF_CHECK_EQUAL(who.heard(), (texts{event(R"({"type":"join","id":"a"})"), event(R"({"type":"join","id":"b"})"),
                                      event(R"({"type":"join","id":"c"})"), event(R"({"type":"leave","id":"b"})")}));
  CAF_CHECK_EQUAL(who.told->batches.size(), 2u);
  passes(4ms);
  joins("s4", "d");
  CAF_CHECK_EQUAL(who.heard().size(), 5u);
}

CAF_TEST(broadcasts do not wait while events do) {
  std::vector<follower> crowd;
  for (int i = 0; i < 100; ++i)
    add(crowd.emplace_back(someone()));
  joins("s0", "a");
  joins("s1", "b");
  broadcast_it("1");
  consume_messages();
  CAF_CHECK_EQUAL(crowd.front().heard().size(), 2u);
  CAF_CHECK_EQUAL(std::string{crowd.front().heard().back()}, framed("i", "1"));
  broadcast_it("2");
  broadcast_it("3");
  consume_messages();
  CAF_CHECK_EQUAL(crowd.front().heard().size(), 4u);
  passes(4ms);
  CAF_CHECK_EQUAL(crowd.front().heard().size(), 5u);
}

CAF_TEST(long events do not wait for the end of the pause) {
  std::vector<follower> crowd;
  for (int i = 0; i < 100; ++i)
    add(crowd.emplace_back(someone()));
  joins("s", "first");
  for (int i = 0; i < 40; ++i)
    joins("s" + std::to_string(i), std::to_string(i), '"' + std::string(4'000, 'x') + '"');
  CAF_CHECK_GREATER(crowd.front().heard().size(), 30u);
  CAF_CHECK_LESS(crowd.front().heard().size(), 41u);
  passes(4ms);
  CAF_CHECK_EQUAL(crowd.front().heard().size(), 41u);
}

CAF_TEST(refusals have names) {
  CAF_CHECK_EQUAL(leaves("s1"), "not present");
  joins("s1", "me");
  CAF_CHECK_EQUAL(joins("s1", "you"), "the session is present with another id");
  CAF_CHECK_EQUAL(leaves("s2"), "not present");
  for (int i = 0; i < 4'999; ++i)
    joins("t" + std::to_string(i), "m" + std::to_string(i));
  CAF_CHECK_EQUAL(joins("s2", "you"), "too many members (--presence-max-members)");
  CAF_CHECK_EQUAL(home.counters.limit_hits[static_cast<std::size_t>(limit::presence_members)].get(), 1u);
  CAF_CHECK_EQUAL(joins("s2", "me"), "");
}

CAF_TEST(a join that followers would be told of waits for room and nothing else does) {
  joins("s1", "me");
  ends_session("s1");
  here.gate.set_bounds(1, 1'000'000);
  const auto pending = std::make_shared<accepted_broadcast>(broadcast{.stream = "news"}, here.gate, here.now());
  CAF_CHECK_EQUAL(joins("s2", "you"), "too many broadcasts are pending");
  CAF_CHECK_EQUAL(home.counters.refused_broadcasts.get(), 1u);
  CAF_CHECK_EQUAL(joins("s3", "me"), "");
  CAF_CHECK_EQUAL(leaves("s3"), "");
  CAF_CHECK_EQUAL(present_members(here), 0u);
}

CAF_TEST(a list that is too long for a client is refused and not for a program) {
  for (int i = 0; i < 200; ++i)
    joins("s" + std::to_string(i), std::to_string(i), '"' + std::string(4'000, 'x') + '"');
  const auto answer = calls(presence_call::kind::list, "s1");
  CAF_CHECK(answer.refusal.starts_with("the members are too many for one message"));
  CAF_CHECK(answer.listing == nullptr);
  CAF_CHECK_EQUAL(std::string{*calls(presence_call::kind::list, "s1", {.wants_records = false}).listing},
                  R"({"type":"info","total":200})");
  CAF_CHECK_GREATER(listed("").size(), 800'000u);
}

CAF_TEST(a shorter time counts for those who go from then on) {
  joins("s1", "a");
  joins("s2", "b");
  ends_session("s1");
  home.settings.presence.ttl = 2s;
  ends_session("s2");
  passes(3s);
  CAF_CHECK_EQUAL(listed(), R"({"type":"info","total":1,"records":[{"id":"a"}]})");
  passes(14s);
  CAF_CHECK_EQUAL(present_members(here), 0u);
  joins("s3", "c");
  ends_session("s3");
  passes(3s);
  CAF_CHECK_EQUAL(present_members(here), 0u);
}

CAF_TEST(a list that would close its client is refused) {
  joins("s1", "me", '"' + std::string(4'000, 'x') + '"');
  CAF_CHECK_GREATER(listed().size(), 4'000u);
  home.settings.history.max_replay = 2'000;  // half of --max-pending-size
  CAF_CHECK(calls(presence_call::kind::list, "s1").listing == nullptr);
  CAF_CHECK_GREATER(listed("").size(), 4'000u);
}

CAF_TEST(a stream lives as long as it has members) {
  const auto who = someone();
  const auto slot = add(who);
  joins("s1", "me");
  remove(who, slot);
  consume_messages();
  CAF_CHECK_EQUAL(offers(), 0u);
  ends_session("s1");
  passes(17s);
  CAF_REQUIRE_EQUAL(offers(), 1u);
  CAF_CHECK_EQUAL(directory_told->idle.front().subscribes_seen, 2u);
  CAF_CHECK_EQUAL(listed(), R"({"type":"info","total":0})");
  ends_session("s1");
  CAF_CHECK_EQUAL(offers(), 1u);
}

CAF_TEST(a stream without followers makes no events) {
  joins("s1", "me");
  leaves("s1");
  CAF_CHECK_EQUAL(home.counters.unheard_broadcasts.get(), 0u);
  CAF_CHECK_EQUAL(offers(), 1u);
}

CAF_TEST(members that are left when the stream ends count as left) {
  joins("s1", "me");
  caf::anon_send(uut, retire_stream{});
  consume_messages();
  CAF_CHECK_EQUAL(present_members(here), 0u);
  CAF_CHECK_EQUAL(home.counters.presence_joins.get(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(stream_presence_without_ttl, without_ttl)

CAF_TEST(without a time a session that ends leaves at once) {
  const auto who = someone();
  add(who);
  joins("s1", "me");
  ends_session("s1");
  CAF_CHECK_EQUAL(who.heard().size(), 2u);
  CAF_CHECK_EQUAL(home.counters.presence_leaves.get(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
