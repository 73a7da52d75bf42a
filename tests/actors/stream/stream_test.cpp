#define CAF_SUITE stream
#include <caf/actor_storage.hpp>

#include "actors/runtime/pinned.hpp"
#include "actors/stream/stream.hpp"

#include "tests/actors/stream/stream_fixture.hpp"

using namespace ability;

CAF_TEST_FIXTURE_SCOPE(stream_tests, stream_fixture)

CAF_TEST(a subscriber gets what is broadcast) {
  const auto who = someone();
  add(who);
  broadcast_it("1");
  consume_messages();
  CAF_CHECK_EQUAL(who.heard(), texts{framed("i", "1")});
}

CAF_TEST(a subscriber does not get what was broadcast before it subscribed) {
  const auto early = someone();
  const auto late = someone();
  add(early);
  broadcast_it("1");
  auto answer = ask(late);
  broadcast_it("2");
  consume_messages();
  answer.receive([](const subscribed&) {}, [](const caf::error&) { CAF_FAIL("no answer"); });
  CAF_CHECK_EQUAL(early.heard(), (texts{framed("i", "1"), framed("i", "2")}));
  CAF_CHECK_EQUAL(late.heard(), texts{framed("i", "2")});
}

CAF_TEST(broadcasts that wait together leave as one message per subscriber) {
  const auto first = someone();
  const auto second = someone();
  add(first);
  add(second);
  for (const auto* data : {"1", "2", "3"})
    broadcast_it(data);
  consume_messages();
  CAF_CHECK_EQUAL(first.heard(), (texts{framed("i", "1"), framed("i", "2"), framed("i", "3")}));
  CAF_REQUIRE_EQUAL(first.told->batches.size(), 1u);
  CAF_REQUIRE_EQUAL(second.told->batches.size(), 1u);
  CAF_CHECK_EQUAL(first.told->batches[0]->count, 3u);
  CAF_CHECK_EQUAL(first.told->batches[0]->recipients, 2u);
  CAF_CHECK(first.told->batches[0] == second.told->batches[0]);
}

CAF_TEST(a broadcast does not wait for the next one) {
  const auto who = someone();
  add(who);
  for (const auto* data : {"1", "2"}) {
    broadcast_it(data);
    consume_messages();
  }
  CAF_CHECK_EQUAL(who.told->batches.size(), 2u);
}

CAF_TEST(a broadcast is encoded once for each encoding and identifier) {
  const auto first = someone();
  const auto second = someone();
  const auto other = someone();
  const auto compressed = someone();
  add(first, "i");
  add(second, "i");
  add(other, "j");
  add(compressed, "i", deflated);
  const auto data = '"' + std::string(200, 'x') + '"';
  broadcast_it(data);
  consume_messages();
  CAF_CHECK_EQUAL(first.heard(), texts{framed("i", data)});
  CAF_CHECK_EQUAL(second.heard(), texts{framed("i", data)});
  CAF_CHECK_EQUAL(other.heard(), texts{framed("j", data)});
  CAF_CHECK_EQUAL(compressed.heard(), texts{"deflated"});
  CAF_CHECK(first.told->batches[0] == second.told->batches[0]);
  CAF_CHECK(first.told->batches[0] != other.told->batches[0]);
}

CAF_TEST(a batch says where the frames are that a client is excluded from) {
  const auto who = someone();
  add(who);
  broadcast_it("1");
  broadcast_it("2", "s1");
  broadcast_it("3");
  broadcast_it("4", "s2");
  consume_messages();
  CAF_REQUIRE_EQUAL(who.told->batches.size(), 1u);
  const auto& batch = *who.told->batches[0];
  CAF_REQUIRE_EQUAL(batch.exclusions.size(), 2u);
  const auto part = [&](std::size_t i) {
    return std::string_view{*batch.bytes}.substr(batch.exclusions[i].offset, batch.exclusions[i].size);
  };
  CAF_CHECK_EQUAL(batch.exclusions[0].sid, "s1");
  CAF_CHECK_EQUAL(payloads(part(0)), texts{framed("i", "2")});
  CAF_CHECK_EQUAL(batch.exclusions[1].sid, "s2");
  CAF_CHECK_EQUAL(payloads(part(1)), texts{framed("i", "4")});
}

CAF_TEST(places of those who left are used again) {
  const auto first = someone();
  const auto second = someone();
  const auto third = someone();
  CAF_CHECK_EQUAL(add(first), 0u);
  CAF_CHECK_EQUAL(add(second), 1u);
  remove(first, 0);
  CAF_CHECK_EQUAL(add(third), 0u);
  CAF_CHECK_EQUAL(add(first), 2u);
  broadcast_it("1");
  consume_messages();
  for (const auto* each : {&first, &second, &third})
    CAF_CHECK_EQUAL(each->heard(), texts{framed("i", "1")});
}

CAF_TEST(a group that all have left is forgotten) {
  const auto first = someone();
  const auto second = someone();
  add(someone(), "j");
  add(first);
  add(second);
  remove(first, 0);
  remove(second, 1);
  CAF_CHECK_EQUAL(add(first), 0u);
  CAF_CHECK_EQUAL(add(second), 1u);
}

CAF_TEST(whoever left hears what was broadcast before and nothing after) {
  const auto leaver = someone();
  const auto other = someone();
  const auto slot = add(leaver);
  add(other);
  broadcast_it("1");
  remove(leaver, slot);
  broadcast_it("2");
  consume_messages();
  CAF_CHECK_EQUAL(leaver.heard(), texts{framed("i", "1")});
  CAF_CHECK_EQUAL(other.heard(), (texts{framed("i", "1"), framed("i", "2")}));
  CAF_CHECK_EQUAL(holders(leaver.actor), 1u);
}

CAF_TEST(a subscriber that was not told its place is found by itself) {
  const auto first = someone();
  const auto second = someone();
  add(first);
  add(second);
  remove(second, unsubscribe::unknown_slot);
  broadcast_it("1");
  consume_messages();
  CAF_CHECK_EQUAL(first.heard(), texts{framed("i", "1")});
  CAF_CHECK_EQUAL(second.heard(), texts{});
}

CAF_TEST(nobody can unsubscribe another one) {
  const auto first = someone();
  const auto second = someone();
  const auto stranger = someone();
  add(first);
  add(second);
  remove(second, 0);
  remove(stranger, 1);
  remove(stranger, unsubscribe::unknown_slot);
  remove(first, 7);
  remove(first, 0, "j");
  broadcast_it("1");
  consume_messages();
  CAF_CHECK_EQUAL(first.heard(), texts{framed("i", "1")});
  CAF_CHECK_EQUAL(second.heard(), texts{framed("i", "1")});
}

CAF_TEST(unsubscribing twice counts once) {
  const auto first = someone();
  const auto second = someone();
  const auto slot = add(first);
  add(second);
  remove(first, slot);
  remove(first, slot);
  consume_messages();
  CAF_CHECK_EQUAL(directory_told->idle.size(), 0u);
  broadcast_it("1");
  consume_messages();
  CAF_CHECK_EQUAL(second.heard(), texts{framed("i", "1")});
}

CAF_TEST(a stream is idle when the last one leaves and tells how many came) {
  const auto first = someone();
  const auto second = someone();
  add(first, "i");
  add(second, "j");
  remove(first, 0, "i");
  consume_messages();
  CAF_CHECK_EQUAL(directory_told->idle.size(), 0u);
  remove(second, 0, "j");
  consume_messages();
  CAF_REQUIRE_EQUAL(directory_told->idle.size(), 1u);
  CAF_CHECK_EQUAL(*directory_told->idle[0].stream, "news");
  CAF_CHECK_EQUAL(directory_told->idle[0].subscribes_seen, 2u);
  add(first);
  remove(first, 0);
  consume_messages();
  CAF_REQUIRE_EQUAL(directory_told->idle.size(), 2u);
  CAF_CHECK_EQUAL(directory_told->idle[1].subscribes_seen, 3u);
}

CAF_TEST(a stream that is retired ends) {
  caf::anon_send(uut, retire_stream{});
  consume_messages();
  CAF_CHECK(!is_alive(uut));
}

CAF_TEST(a stream that fails disconnects its followers so that they come back) {
  const auto first = someone();
  const auto second = someone();
  const auto former = someone();
  add(former);
  remove(former, 0);
  add(first, "i");
  add(second, "j");
  caf::anon_send_exit(uut, caf::exit_reason::kill);
  consume_messages();
  for (const auto* each : {&first, &second}) {
    CAF_REQUIRE_EQUAL(each->told->goodbyes.size(), 1u);
    CAF_CHECK_EQUAL(each->told->goodbyes[0].identity, "");
    CAF_CHECK_EQUAL(each->told->goodbyes[0].reason, "server_restart");
    CAF_CHECK(each->told->goodbyes[0].reconnect);
  }
  CAF_CHECK_EQUAL(former.told->goodbyes.size(), 0u);
}

CAF_TEST(whoever waits for a stream that fails gets an error) {
  caf::anon_send_exit(uut, caf::exit_reason::kill);
  auto answer = ask(someone());
  consume_messages();
  bool failed = false;
  answer.receive([](const subscribed&) { CAF_FAIL("subscribed to a stream that has ended"); },
                 [&](const caf::error&) { failed = true; });
  CAF_CHECK(failed);
}

CAF_TEST(a broadcast is pending until the last subscriber is done with it) {
  const auto first = someone();
  const auto second = someone();
  add(first);
  add(second);
  broadcast_it("1");
  broadcast_it("2");
  CAF_CHECK_EQUAL(here.gate.pending(), 2u);
  consume_messages();
  CAF_CHECK_EQUAL(here.gate.pending(), 2u);
  first.told->batches.clear();
  CAF_CHECK_EQUAL(here.gate.pending(), 2u);
  second.told->batches.clear();
  CAF_CHECK_EQUAL(here.gate.pending(), 0u);
}

CAF_TEST(what is broadcast to a stream that nobody follows is forgotten) {
  broadcast_it("1");
  consume_messages();
  CAF_CHECK_EQUAL(here.gate.pending(), 0u);
  CAF_CHECK_EQUAL(sum(&lane_counters::unheard_broadcasts), 1u);
  const auto who = someone();
  add(who);
  consume_messages();
  CAF_CHECK_EQUAL(who.heard(), texts{});
}

CAF_TEST(deliveries and fan out are counted) {
  add(someone(), "i");
  add(someone(), "i");
  add(someone(), "j");
  broadcast_it("1");
  broadcast_it("2");
  consume_messages();
  CAF_CHECK_EQUAL(sum(&lane_counters::deliveries), 6u);
  CAF_CHECK_EQUAL(home.counters.broadcast_fanout.count(2), 2u);  // bucket from 2 to 10
  CAF_CHECK_EQUAL(home.counters.broadcast_fanout.sum(), 6.0);
  std::uint64_t observed = 0;
  for (std::size_t i = 0; i < decltype(home.counters.broadcast_latency)::buckets; ++i)
    observed += home.counters.broadcast_latency.count(i);
  CAF_CHECK_EQUAL(observed, 2u);  // once per broadcast, for any number of identifiers
}

CAF_TEST_FIXTURE_SCOPE_END()

// The allocator serves 1,280 bytes, then 1,536. `--history-max-size` counts the actors that live for their logs.
CAF_TEST(the actor of a stream fits an allocation of 1280 bytes) {
  CAF_CHECK_LESS_OR_EQUAL(sizeof(caf::actor_storage<pinned<stream_actor, stream_state>>), 1'280U);
}
