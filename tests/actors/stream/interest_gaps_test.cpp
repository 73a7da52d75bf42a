#define CAF_SUITE interest_gaps
// Marks on streams that may have missed a broadcast.
#include "tests/actors/stream/interest_fixture.hpp"

using namespace ability;

namespace {

struct gaps_fixture : interest_fixture {
  // Runs the directory until it is done. Returns the marks on existing streams since the last call.
  std::size_t marks() {
    for (auto i = 0; i < 50; ++i, advance_time(interest::pause))
      consume_messages();
    const auto all = gaps();
    return all - std::exchange(known_, all);
  }

private:
  std::size_t gaps() {
    std::size_t all = 0;
    for (std::string after;;) {
      const auto page = ask<stream_page>(uut, list_streams{after, {}, 1'000});
      for (const auto& each : page.entries)
        all += ask<stream_facts>(each.stream, describe_stream{{}, 0}).gaps;
      if (page.reached.empty())
        return all;
      after = page.reached;
    }
  }

  std::size_t known_ = 0;
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(interest_gaps, gaps_fixture)

CAF_TEST(a stream that a node did not say in time to know is marked) {
  const auto link = open_link();
  settle(link);
  consume_bit_by_bit();
  const auto told = link.told->news.size();
  const auto who = let_in("s1");
  says(who, command_type::subscribe, identifier_of("a"));
  consume_messages();
  CAF_REQUIRE_EQUAL(link.told->news.size(), told + 1);
  CAF_CHECK(who.box->seen.empty());
  const auto streams = link.told->news.back().streams;
  caf::anon_send(uut, interest_settled{link.actor, streams, true});
  CAF_CHECK_EQUAL(marks(), 1u);
  CAF_CHECK_EQUAL(who.box->seen.size(), 1u);
  // The acknowledgement was awaited only once.
  caf::anon_send(uut, interest_settled{link.actor, streams, true});
  CAF_CHECK_EQUAL(marks(), 0u);
}

CAF_TEST(all streams are marked when a node is lost) {
  const auto who = let_in("s1");
  for (const auto* each : {"a", "b", "c"})
    follow(who, each);
  const auto link = open_link();
  close(link, false);
  CAF_CHECK_EQUAL(marks(), 3u);
}

CAF_TEST(no stream is marked when a node has left in order) {
  follow(let_in("s1"), "a");
  const auto link = open_link();
  close(link, true);
  CAF_CHECK_EQUAL(marks(), 0u);
}

CAF_TEST(the stream that a gap was in is marked) {
  const auto who = let_in("s1");
  for (const auto* each : {"a", "b", "c"})
    follow(who, each);
  caf::anon_send(uut, gap_opened{"b", "a", 5});
  caf::anon_send(uut, gap_opened{"b", "nobody's", 5});
  CAF_CHECK_EQUAL(marks(), 1u);
}

CAF_TEST(all streams are marked if it is not known which had a gap) {
  const auto who = let_in("s1");
  for (const auto* each : {"a", "b", "c"})
    follow(who, each);
  caf::anon_send(uut, gap_opened{"b", "", 5});
  CAF_CHECK_EQUAL(marks(), 3u);
}

CAF_TEST(many streams are marked in parts while they come and go) {
  const auto who = let_in("s1");
  for (auto i = 0; i < 2'500; ++i)
    caf::anon_send(uut, subscribe{"stream " + std::to_string(i), "i", &action_cable_json(), who.actor});
  consume_messages();
  caf::anon_send(uut, gap_opened{"b", "", 0});
  expect((gap_opened), from(_).to(uut));
  // The next streams to be marked are closed by then.
  for (auto i = 2'400; i < 2'500; ++i)
    caf::anon_send(uut, unsubscribe{"stream " + std::to_string(i), "i", &action_cable_json(), who.actor,
                                    unsubscribe::unknown_slot});
  const auto marked = marks();
  CAF_CHECK_EQUAL(streams(), 2'400u);
  CAF_CHECK_GREATER_OR_EQUAL(marked, 2'400u);
  CAF_CHECK_LESS_OR_EQUAL(marked, 2'500u);
}

CAF_TEST(a second gap while streams are marked is marked on all) {
  const auto who = let_in("s1");
  for (auto i = 0; i < 1'500; ++i)
    caf::anon_send(uut, subscribe{"stream " + std::to_string(i), "i", &action_cable_json(), who.actor});
  consume_messages();
  caf::anon_send(uut, gap_opened{"b", "", 0});
  caf::anon_send(uut, gap_opened{"c", "", 0});
  caf::anon_send(uut, gap_opened{"d", "", 0});
  CAF_CHECK_EQUAL(marks(), 3'000u);
}

CAF_TEST_FIXTURE_SCOPE_END()
