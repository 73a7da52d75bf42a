#define CAF_SUITE interest_telling
// Interest that is announced to links.
#include "actors/broadcast/messages.hpp"
#include "tests/actors/stream/interest_fixture.hpp"

using namespace ability;

CAF_TEST_FIXTURE_SCOPE(interest_telling, interest_fixture)

CAF_TEST(a link that opens is told all streams and that these are all) {
  const auto who = let_in("s1");
  follow(who, "a");
  follow(who, "b");
  const auto link = open_link();
  CAF_CHECK_EQUAL(link.knows(), (texts{"a", "b"}));
  CAF_REQUIRE_EQUAL(link.told->news.size(), 1u);
  CAF_CHECK(link.told->news[0].complete);
  CAF_CHECK(link.told->news[0].from == uut);
}

CAF_TEST(a link that opens is told if there is no stream) {
  const auto link = open_link();
  CAF_REQUIRE_EQUAL(link.told->news.size(), 1u);
  CAF_CHECK(link.told->news[0].complete);
  CAF_CHECK(link.told->news[0].streams.empty());
}

CAF_TEST(links are told of the first follower and after the last one) {
  const auto links = std::array{open_link(), open_link()};
  const auto first = let_in("s1");
  const auto second = let_in("s2");
  says(first, command_type::subscribe, a);
  says(second, command_type::subscribe, a);
  consume_messages();
  for (const auto& each : links) {
    CAF_CHECK_EQUAL(each.knows(), texts{"a"});
    CAF_CHECK_EQUAL(each.told->news.size(), 2u);  // the first one said that nothing is followed
    settle(each);
  }
  consume_messages();
  says(first, command_type::unsubscribe, a);
  consume_messages();
  CAF_CHECK_EQUAL(links[0].knows(), texts{"a"});
  says(second, command_type::unsubscribe, a);
  consume_messages();
  for (const auto& each : links)
    CAF_CHECK_EQUAL(each.knows(), texts{});
}

CAF_TEST(a link is not told anything after it has closed) {
  const auto link = open_link();
  close(link);
  consume_messages();
  follow(let_in("s1"), "a");
  CAF_CHECK_EQUAL(link.told->news.size(), 1u);
}

CAF_TEST(a stream that failed is withdrawn) {
  follow(let_in("s1"), "a");
  const auto link = open_link();
  CAF_CHECK_EQUAL(link.knows(), texts{"a"});
  publish("a", "1");
  expect((broadcasts), from(_).to(uut));
  auto& stream = dynamic_cast<caf::scheduled_actor&>(*sched.jobs.front());
  caf::anon_send_exit(caf::actor_cast<caf::actor>(stream.address()), caf::exit_reason::kill);
  consume_messages();
  CAF_CHECK_EQUAL(link.knows(), texts{});
}

CAF_TEST(many streams are told in parts and others are served between) {
  const auto who = let_in("s1");
  for (auto i = 0; i < 2'500; ++i)
    caf::anon_send(uut, subscribe{"stream " + std::to_string(i), "i", &action_cable_json(), who.actor});
  consume_messages();
  const auto link = some_link();
  caf::anon_send(uut, link_opened{link.actor});
  std::size_t turns = 0;
  for (; !link.knows_all() && turns < 100; ++turns) {
    publish_everywhere({"x"}, std::to_string(turns));
    consume_messages();
    CAF_CHECK_EQUAL(link.heard().size(), turns + 1);
    advance_time(interest::pause);
  }
  CAF_CHECK_EQUAL(link.knows().size(), 2'500u);
  std::size_t largest = 0;
  for (const auto& each : link.told->news)
    largest = std::max(largest, each.streams.size());
  CAF_CHECK_EQUAL(largest, interest::chunk);
  CAF_CHECK_EQUAL(turns, 3u);
}

CAF_TEST(telling waits while too much of it is not settled) {
  const auto who = let_in("s1");
  for (auto i = 0; i < 6'500; ++i)
    caf::anon_send(uut, subscribe{"stream " + std::to_string(i), "i", &action_cable_json(), who.actor});
  consume_messages();
  const auto link = open_link();
  CAF_CHECK_EQUAL(link.knows().size(), 4'000u);
  CAF_CHECK(!link.knows_all());
  caf::anon_send(uut, interest_settled{link.actor, link.told->news[0].streams});
  consume_bit_by_bit();
  CAF_CHECK_EQUAL(link.knows().size(), 5'000u);
  settle(link, 1);
  consume_bit_by_bit();
  CAF_CHECK_EQUAL(link.knows().size(), 6'500u);
  CAF_CHECK(link.knows_all());
}

CAF_TEST(streams that come and go while others are told end right) {
  const auto who = let_in("s1");
  const auto follow_it = [&](int i) {
    caf::anon_send(uut, subscribe{std::to_string(i), "i", &action_cable_json(), who.actor});
  };
  const auto leave_it = [&](int i) {
    caf::anon_send(uut,
                   unsubscribe{std::to_string(i), "i", &action_cable_json(), who.actor, unsubscribe::unknown_slot});
  };
  for (auto i = 0; i < 6'000; ++i)
    follow_it(i);
  consume_messages();
  const auto link = open_link();
  CAF_CHECK(!link.knows_all());
  // The newest streams are announced first, so that 0 and 2 are yet to be announced.
  for (const auto i : {0, 2, 2'000, 4'500, 5'999})
    leave_it(i);
  consume_messages();
  for (const auto i : {2, 4'500, 6'000, 6'001})
    follow_it(i);
  leave_it(6'001);
  consume_messages();
  std::map<std::string, int> told;  // followed minus not followed
  for (std::size_t settled = 0; settled < link.told->news.size();) {
    const auto from = settled;
    settled = link.told->news.size();
    settle(link, from);
    consume_bit_by_bit();
  }
  CAF_CHECK(link.knows_all());
  for (const auto& each : link.told->news)
    for (const auto& stream : each.streams)
      told[*stream] += each.followed ? 1 : -1;
  CAF_CHECK(std::ranges::all_of(told, [](const auto& each) { return each.second == 0 || each.second == 1; }));
  const auto known = link.knows();
  CAF_CHECK_EQUAL(known.size(), streams());
  CAF_CHECK_EQUAL(known.size(), 5'998u);
  const auto is_known = [&](const char* stream) { return std::ranges::binary_search(known, stream); };
  for (const auto* each : {"1", "2", "4500", "6000"})
    CAF_CHECK(is_known(each));
  for (const auto* each : {"0", "2000", "5999", "6001"})
    CAF_CHECK(!is_known(each));
}

CAF_TEST(a node without a cluster remembers nothing) {
  node lonely{sys, open_to_all(), virtual_time(sys)};
  lonely.lanes.push_back(std::make_unique<lane_home>(lonely, nullptr));
  start_records(lonely);
  const auto& directory = lonely.lanes.front()->directory;
  const auto who = let_in("s1");
  caf::anon_send(directory, subscribe{"a", "i", &action_cable_json(), who.actor});
  const auto link = some_link();
  caf::anon_send(directory, link_opened{link.actor});
  consume_messages();
  CAF_CHECK_EQUAL(link.knows(), texts{});
  caf::anon_send(directory, unsubscribe{"a", "i", &action_cable_json(), who.actor, unsubscribe::unknown_slot});
  consume_messages();
  CAF_CHECK_EQUAL(lonely.lanes.front()->counters.streams_closed.get(), 1u);
  caf::anon_send_exit(directory, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(lonely.lanes.front()->registry, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(lonely.lanes.front()->sessions, caf::exit_reason::user_shutdown);
  consume_messages();
}

CAF_TEST_FIXTURE_SCOPE_END()
