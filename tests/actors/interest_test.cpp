#define CAF_SUITE interest
#include "actors/interest.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "tests/actors/every_order.hpp"
#include "tests/actors/fake_links.hpp"

#include "tests/actors/actor_fixture.hpp"

using namespace ability;

namespace {

using texts = std::vector<std::string>;

node_settings in_cluster() {
  auto how = open_to_all();
  how.cluster.on = true;
  return how;
}

// A link to another node, played by the test.
struct peer {
  link_actor actor;
  std::shared_ptr<told_link> told;

  // What its node knows to be followed here, if it has read all.
  texts knows() const {
    texts found;
    for (const auto& each : told->news)
      for (const auto& stream : each.streams) {
        if (each.followed && std::ranges::find(found, *stream) == found.end())
          found.push_back(*stream);
        if (!each.followed)
          std::erase(found, *stream);
      }
    std::ranges::sort(found);
    return found;
  }

  bool knows_all() const { return std::ranges::any_of(told->news, &interest_news::complete); }

  texts heard() const {
    texts found;
    for (const auto& each : told->forwarded)
      found.push_back(each->content().stream + each->content().data);
    return found;
  }
};

struct fixture : actor_fixture {
  fixture() : actor_fixture{1, in_cluster()} {}

  const std::string a = identifier_of("a");
  const directory_actor& uut = here.lanes.front()->directory;

  // Lets the directory do all that it does bit by bit.
  void consume_bit_by_bit() {
    for (auto i = 0; i < 20; ++i) {
      consume_messages();
      advance_time(interest::pause);
    }
    consume_messages();
  }

  peer some_link() {
    auto told = std::make_shared<told_link>();
    return {ends(sys.spawn(fake_link, told)), told};
  }

  peer open_link() {
    const auto link = some_link();
    caf::anon_send(uut, link_opened{link.actor});
    consume_bit_by_bit();
    return link;
  }

  // A link that has told that its node follows `streams`, and nothing else.
  peer open_link(texts streams) {
    const auto link = open_link();
    caf::anon_send(uut, peer_interest{link.actor, std::move(streams), true, true});
    consume_messages();
    return link;
  }

  void close(const peer& link, bool in_order = true) { caf::anon_send(uut, link_closed{link.actor, "b", in_order}); }

  // The link says that its node knows what it was told so far.
  void settle(const peer& link, std::size_t from = 0) {
    for (auto i = from; i < link.told->news.size(); ++i)
      if (link.told->news[i].followed)
        caf::anon_send(uut, interest_settled{link.actor, link.told->news[i].streams});
  }

  void publish_everywhere(const texts& streams, std::string_view json) {
    std::vector<broadcast> all;
    for (const auto& each : streams)
      all.push_back({.stream = each, .data = std::string{json}, .data_is_json = true});
    ability::publish(*here.lanes.front(), std::move(all), reach::everywhere);
  }

  std::uint64_t streams() const { return sum(&lane_counters::streams_opened) - sum(&lane_counters::streams_closed); }

  bool is_confirmed(const client& who, std::string_view stream = "a") const {
    return std::ranges::find(who.box->seen, confirm_subscription(identifier_of(stream))) != who.box->seen.end();
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(interest_telling, fixture)

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
    CAF_CHECK_EQUAL(each.told->news.size(), 2u);  // the first one was that nothing is followed
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
    caf::anon_send(uut, subscribe{"stream " + std::to_string(i), "i", encoding::action_cable_json, who.actor});
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
    caf::anon_send(uut, subscribe{"stream " + std::to_string(i), "i", encoding::action_cable_json, who.actor});
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
    caf::anon_send(uut, subscribe{std::to_string(i), "i", encoding::action_cable_json, who.actor});
  };
  const auto leave_it = [&](int i) {
    caf::anon_send(
        uut, unsubscribe{std::to_string(i), "i", encoding::action_cable_json, who.actor, unsubscribe::unknown_slot});
  };
  for (auto i = 0; i < 6'000; ++i)
    follow_it(i);
  consume_messages();
  const auto link = open_link();
  CAF_CHECK(!link.knows_all());
  // Those told first are the latest, so that 0 and 2 are yet to be told.
  for (const auto i : {0, 2, 2'000, 4'500, 5'999})
    leave_it(i);
  consume_messages();
  for (const auto i : {2, 4'500, 6'000, 6'001})
    follow_it(i);
  leave_it(6'001);
  consume_messages();
  std::map<std::string, int> told;  // followed less not followed
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
  node lonely{sys, open_to_all()};
  lonely.lanes.push_back(std::make_unique<lane_home>(lonely, nullptr));
  start_records(lonely);
  const auto& directory = lonely.lanes.front()->directory;
  const auto who = let_in("s1");
  caf::anon_send(directory, subscribe{"a", "i", encoding::action_cable_json, who.actor});
  const auto link = some_link();
  caf::anon_send(directory, link_opened{link.actor});
  consume_messages();
  CAF_CHECK_EQUAL(link.knows(), texts{});
  caf::anon_send(directory, unsubscribe{"a", "i", encoding::action_cable_json, who.actor, unsubscribe::unknown_slot});
  consume_messages();
  CAF_CHECK_EQUAL(lonely.lanes.front()->counters.streams_closed.get(), 1u);
  caf::anon_send_exit(directory, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(lonely.lanes.front()->registry, caf::exit_reason::user_shutdown);
  consume_messages();
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(interest_forwarding, fixture)

CAF_TEST(a link gets what its node follows and nothing else) {
  const auto first = open_link({"a", "b"});
  const auto second = open_link({"b", "c"});
  publish_everywhere({"a", "b", "c", "d"}, "1");
  publish_everywhere({"b", "a"}, "2");
  consume_messages();
  CAF_CHECK_EQUAL(first.heard(), (texts{"a1", "b1", "b2", "a2"}));
  CAF_CHECK_EQUAL(second.heard(), (texts{"b1", "c1", "b2"}));
  CAF_CHECK_EQUAL(here.gate.pending(), 5u);  // no copy more than those that the links keep
}

CAF_TEST(what waits in the mailbox together is forwarded together) {
  const auto link = open_link({"a"});
  for (const auto* each : {"1", "2", "3"})
    publish_everywhere({"a"}, each);
  consume_messages();
  CAF_CHECK_EQUAL(link.told->together, std::vector<std::size_t>{3});
}

CAF_TEST(what every node gets by itself is not forwarded) {
  const auto link = open_link({"a"});
  publish("a", "1");
  consume_messages();
  CAF_CHECK(link.heard().empty());
}

CAF_TEST(a link gets everything until its node has told all that it follows) {
  const auto link = open_link();
  publish_everywhere({"a", "b"}, "1");
  consume_messages();
  caf::anon_send(uut, peer_interest{link.actor, {"a"}, true, false});
  publish_everywhere({"a", "b"}, "2");
  consume_messages();
  caf::anon_send(uut, peer_interest{link.actor, {}, true, true});
  publish_everywhere({"a", "b"}, "3");
  consume_messages();
  CAF_CHECK_EQUAL(link.heard(), (texts{"a1", "b1", "a2", "b2", "a3"}));
}

CAF_TEST(a link may tell what its node follows before the cluster says that it is open) {
  const auto link = some_link();
  caf::anon_send(uut, peer_interest{link.actor, {"a"}, true, true});
  caf::anon_send(uut, link_opened{link.actor});
  consume_messages();
  publish_everywhere({"a", "b"}, "1");
  consume_messages();
  CAF_CHECK_EQUAL(link.heard(), texts{"a1"});
  CAF_CHECK(link.knows_all());
}

CAF_TEST(a stream that a node follows no longer is not forwarded to it) {
  const auto link = open_link({"a", "b"});
  caf::anon_send(uut, peer_interest{link.actor, {"a"}, false});
  publish_everywhere({"a", "b"}, "1");
  consume_messages();
  CAF_CHECK_EQUAL(link.heard(), texts{"b1"});
}

CAF_TEST(a link that closes gets what was published before and a farewell behind it) {
  const auto link = open_link({"a"});
  const auto other = open_link({"a"});
  publish_everywhere({"a"}, "1");
  expect((broadcasts), from(_).to(uut));
  close(link);
  publish_everywhere({"a"}, "2");
  consume_messages();
  CAF_CHECK_EQUAL(link.heard(), texts{"a1"});
  CAF_CHECK_EQUAL(link.told->farewells.size(), 1u);
  CAF_CHECK_EQUAL(other.heard(), (texts{"a1", "a2"}));
}

CAF_TEST(a link that closes before it is open gets a farewell) {
  const auto link = some_link();
  close(link);
  consume_messages();
  CAF_CHECK_EQUAL(link.told->farewells.size(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()

namespace {

struct gaps_fixture : fixture {
  // Lets the directory do all that it does. How often it marked streams that are there, since it was asked last.
  std::size_t marks() {
    for (auto i = 0; i < 50; ++i, advance_time(interest::pause))
      consume_messages();
    const auto all = gaps();
    return all - std::exchange(known_, all);
  }

private:
  template <class Answer, class Handle, class Question>
  Answer ask(const Handle& whom, const Question& question) {
    Answer answer;
    auto asked = self->request(whom, caf::infinite, question);
    consume_messages();
    asked.receive([&](const Answer& told) { answer = told; },
                  [&](const caf::error& why) { CAF_FAIL("no answer: " << sys.render(why)); });
    return answer;
  }

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
  // It was waited for once.
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
    caf::anon_send(uut, subscribe{"stream " + std::to_string(i), "i", encoding::action_cable_json, who.actor});
  consume_messages();
  caf::anon_send(uut, gap_opened{"b", "", 0});
  expect((gap_opened), from(_).to(uut));
  // The next ones to be marked are gone by then.
  for (auto i = 2'400; i < 2'500; ++i)
    caf::anon_send(uut, unsubscribe{"stream " + std::to_string(i), "i", encoding::action_cable_json, who.actor,
                                    unsubscribe::unknown_slot});
  const auto marked = marks();
  CAF_CHECK_EQUAL(streams(), 2'400u);
  CAF_CHECK_GREATER_OR_EQUAL(marked, 2'400u);
  CAF_CHECK_LESS_OR_EQUAL(marked, 2'500u);
}

CAF_TEST(a second gap while streams are marked is marked on all) {
  const auto who = let_in("s1");
  for (auto i = 0; i < 1'500; ++i)
    caf::anon_send(uut, subscribe{"stream " + std::to_string(i), "i", encoding::action_cable_json, who.actor});
  consume_messages();
  caf::anon_send(uut, gap_opened{"b", "", 0});
  caf::anon_send(uut, gap_opened{"c", "", 0});
  caf::anon_send(uut, gap_opened{"d", "", 0});
  CAF_CHECK_EQUAL(marks(), 3'000u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(interest_settling, fixture)

CAF_TEST(a subscribe is confirmed at once if there is no other node) {
  const auto who = let_in("s1");
  says(who, command_type::subscribe, a);
  consume_messages();
  CAF_CHECK(is_confirmed(who));
}

CAF_TEST(the first subscribe of a stream is confirmed once all other nodes know of it) {
  const auto links = std::array{open_link(), open_link()};
  const auto first = let_in("s1");
  const auto second = let_in("s2");
  says(first, command_type::subscribe, a);
  consume_messages();
  says(second, command_type::subscribe, a);
  consume_messages();
  settle(links[0]);
  consume_messages();
  CAF_CHECK(!is_confirmed(first));
  CAF_CHECK(!is_confirmed(second));
  settle(links[1]);
  consume_messages();
  CAF_CHECK(is_confirmed(first));
  CAF_CHECK(is_confirmed(second));
}

CAF_TEST(a subscribe of a stream that other nodes know is confirmed at once) {
  const auto link = open_link();
  const auto first = let_in("s1");
  says(first, command_type::subscribe, a);
  consume_messages();
  settle(link);
  consume_messages();
  const auto second = let_in("s2");
  says(second, command_type::subscribe, a);
  consume_messages();
  CAF_CHECK(is_confirmed(second));
}

CAF_TEST(a stream that waits hears nothing of what came before its confirmation) {
  const auto link = open_link();
  const auto who = let_in("s1");
  says(who, command_type::subscribe, a);
  consume_messages();
  publish("a", "1");
  consume_messages();
  settle(link);
  consume_messages();
  publish("a", "2");
  consume_messages();
  CAF_CHECK_EQUAL(who.box->seen, (texts{confirm_subscription(a), message_of("a", "2")}));
}

CAF_TEST(a subscribe does not wait for a link that closes) {
  const auto links = std::array{open_link(), open_link()};
  const auto who = let_in("s1");
  says(who, command_type::subscribe, a);
  consume_messages();
  settle(links[0]);
  close(links[1], false);
  consume_messages();
  CAF_CHECK(is_confirmed(who));
  CAF_CHECK_EQUAL(links[0].knows(), texts{"a"});
}

CAF_TEST(a stream that came again is not settled by what was said of the earlier one) {
  const auto link = open_link();
  const auto first = let_in("s1");
  says(first, command_type::subscribe, a);
  consume_messages();
  const auto earlier = link.told->news.back();
  settle(link);
  consume_messages();
  says(first, command_type::unsubscribe, a);
  consume_messages();
  const auto second = let_in("s2");
  says(second, command_type::subscribe, a);
  consume_messages();
  caf::anon_send(uut, interest_settled{link.actor, earlier.streams});
  consume_messages();
  CAF_CHECK(!is_confirmed(second));
  settle(link);
  consume_messages();
  CAF_CHECK(is_confirmed(second));
}

CAF_TEST(a client that goes while its subscribe waits leaves no trace once it is settled) {
  const auto link = open_link();
  const auto who = let_in("s1");
  says(who, command_type::subscribe, a);
  consume_messages();
  caf::anon_send(who.actor, client_gone{});
  consume_messages();
  settle(link);
  consume_messages();
  CAF_CHECK_EQUAL(streams(), 0u);
  CAF_CHECK_EQUAL(link.knows(), texts{});
  CAF_CHECK_EQUAL(holders(who.actor), 1u);
}

CAF_TEST(a connection that fails while its subscribe waits leaves no trace) {
  const auto link = open_link();
  const auto who = let_in("s1");
  says(who, command_type::subscribe, a);
  consume_messages();
  caf::anon_send_exit(who.actor, caf::exit_reason::kill);
  consume_messages();
  CAF_CHECK_EQUAL(streams(), 0u);
  CAF_CHECK_EQUAL(link.knows(), texts{});
  CAF_CHECK_EQUAL(holders(who.actor), 1u);
  settle(link);
  consume_messages();
  CAF_CHECK_EQUAL(streams(), 0u);
}

CAF_TEST(one of two connections that wait fails and the other is confirmed) {
  const auto link = open_link();
  const auto first = let_in("s1");
  const auto second = let_in("s2");
  says(first, command_type::subscribe, a);
  says(second, command_type::subscribe, a);
  consume_messages();
  caf::anon_send_exit(first.actor, caf::exit_reason::kill);
  consume_messages();
  CAF_CHECK_EQUAL(streams(), 1u);
  settle(link);
  consume_messages();
  CAF_CHECK(is_confirmed(second));
  publish("a", "1");
  consume_messages();
  CAF_CHECK_EQUAL(second.box->seen, (texts{confirm_subscription(a), message_of("a", "1")}));
  CAF_CHECK_EQUAL(link.knows(), texts{"a"});
}

CAF_TEST(a client whose directory ends while its subscribe waits is told to come back) {
  const auto link = open_link();
  const auto who = let_in("s1");
  says(who, command_type::subscribe, a);
  consume_messages();
  caf::anon_send_exit(uut, caf::exit_reason::user_shutdown);
  consume_messages();
  CAF_REQUIRE(who.box->closed);
  CAF_CHECK_EQUAL(who.box->closed->text, disconnect_message("server_restart", true));
}

CAF_TEST(a client whose stream fails while its subscribe waits is told to come back) {
  const auto link = open_link();
  const auto who = let_in("s1");
  says(who, command_type::subscribe, a);
  consume_messages();
  publish("a", "1");
  expect((broadcasts), from(_).to(uut));
  auto& stream = dynamic_cast<caf::scheduled_actor&>(*sched.jobs.front());
  caf::anon_send_exit(caf::actor_cast<caf::actor>(stream.address()), caf::exit_reason::kill);
  consume_messages();
  CAF_REQUIRE(who.box->closed);
  CAF_CHECK_EQUAL(link.knows(), texts{});
  CAF_CHECK_EQUAL(holders(who.actor), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()

namespace {

struct orders_fixture : fixture {
  void play(bool kills);
};

// One client comes and goes, another one comes, while a link settles what it hears and another one closes.
void orders_fixture::play(bool kills) {
  const auto link = open_link();
  link.told->settles = true;
  every_order orders{sched};
  std::size_t wrong = 0;
  do {
    link.told->news.clear();
    const auto leaver = let_in("s1");
    const auto comer = let_in("s2");
    const auto closing = open_link();
    says(comer, command_type::subscribe, a);
    says(leaver, command_type::subscribe, a);
    if (kills)
      caf::anon_send_exit(leaver.actor, caf::exit_reason::kill);
    else
      caf::anon_send(leaver.actor, client_gone{});
    close(closing);
    orders.settle();
    wrong += !is_confirmed(comer);
    wrong += holders(leaver.actor) != 1;
    wrong += link.knows() != texts{"a"};
    publish("a", "1");
    consume_messages();
    wrong += comer.box->seen.empty() || comer.box->seen.back() != message_of("a", "1");
    caf::anon_send(comer.actor, client_gone{});
    consume_messages();
    wrong += streams() != 0;
    wrong += link.knows() != texts{};
    wrong += here.gate.pending() != 0;
  } while (orders.next() && orders.rounds() < 5'000);
  CAF_MESSAGE(orders.rounds() << " orders");
  CAF_CHECK_EQUAL(wrong, 0u);
  CAF_CHECK_GREATER(orders.rounds(), 500u);
}

}  // namespace

CAF_TEST_FIXTURE_SCOPE(interest_orders, orders_fixture)

CAF_TEST(a client that leaves while others come loses and leaves nothing in whatever order things happen) {
  play(false);
}

CAF_TEST(a connection that fails while others come loses and leaves nothing in whatever order things happen) {
  play(true);
}

CAF_TEST_FIXTURE_SCOPE_END()
