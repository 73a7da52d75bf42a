#define CAF_SUITE records
// Facts that registries, directories, streams and connections report about themselves.
#include <algorithm>

#include "actors/stream/directory.hpp"
#include "tests/actors/support/fake_actors.hpp"

#include "tests/actors/support/actor_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;

struct fixture : actor_fixture {
  fixture() : actor_fixture{1, settings()} {}

  static node_settings settings() {
    auto made = open_to_all();
    made.max_identifier_bytes = 10'000'000;
    return made;
  }

  connection_page connections(std::string after = {}, std::size_t limit = 1'000) {
    return ask<connection_page>(here.lanes.front()->registry, list_connections{std::move(after), limit});
  }

  static texts sids(const connection_page& page) {
    texts all;
    for (const auto& each : page.entries)
      all.push_back(each.sid);
    return all;
  }

  stream_page streams(std::string after = {}, std::string filter = {}, std::size_t limit = 1'000) {
    return ask<stream_page>(here.lanes.front()->directory, list_streams{std::move(after), std::move(filter), limit});
  }

  static texts names(const stream_page& page) {
    texts all;
    for (const auto& each : page.entries)
      all.push_back(*each.name);
    return all;
  }

  connection_facts describe(const client& who, bool with_subscriptions = false) {
    return ask<connection_facts>(who.actor, describe_connection{with_subscriptions});
  }

  stream_facts describe(std::string name, std::size_t limit = 100) {
    return ask<stream_facts>(here.lanes.front()->directory, describe_stream{std::move(name), limit});
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(records_of_connections, fixture)

CAF_TEST(connections are listed in the order of their sids) {
  for (const auto* sid : {"m", "z", "a", "s", "\xC3\xA9"})
    let_in(sid);
  CAF_CHECK_EQUAL(sids(connections()), (texts{"a", "m", "s", "z", "\xC3\xA9"}));
  CAF_CHECK_EQUAL(sids(connections("", 2)), (texts{"a", "m"}));
  CAF_CHECK_EQUAL(sids(connections("m", 2)), (texts{"s", "z"}));
  CAF_CHECK_EQUAL(sids(connections("n", 1)), (texts{"s"}));
  CAF_CHECK_EQUAL(sids(connections("\xC3\xA9")), texts{});
}

CAF_TEST(who is not let in or has left is not listed) {
  const auto stays = let_in("a");
  const auto leaves = let_in("b");
  connect("c");
  caf::anon_send(leaves.actor, client_gone{});
  consume_messages();
  const auto page = connections();
  CAF_CHECK_EQUAL(sids(page), texts{"a"});
  CAF_CHECK(page.entries.front().connection == stays.actor);
}

CAF_TEST(a connection is found by its sid and nobody else is) {
  const auto who = let_in("s1");
  let_in("s10");
  const auto find = [&](const std::string& sid) {
    return ask<connection_page>(here.lanes.front()->registry, find_connection{sid});
  };
  CAF_REQUIRE_EQUAL(find("s1").entries.size(), 1u);
  CAF_CHECK(find("s1").entries.front().connection == who.actor);
  CAF_CHECK_EQUAL(find("s").entries.size(), 0u);
  CAF_CHECK_EQUAL(find("").entries.size(), 0u);
}

CAF_TEST(pages stay whole while connections come and go) {
  std::vector<client> all;
  for (auto i = 0; i < 500; ++i)
    all.push_back(let_in("k" + std::to_string(1'000 + i)));
  texts seen;
  std::string after;
  for (std::size_t round = 0;; ++round) {
    const auto page = connections(after, 7);
    if (page.entries.empty())
      break;
    for (const auto& each : page.entries)
      seen.push_back(each.sid);
    after = seen.back();
    // One listed connection leaves, and one that was not listed yet; one comes before the cursor and one behind it.
    caf::anon_send(all[round].actor, client_gone{});
    let_in("j" + std::to_string(round));
    if (round < 50)
      let_in("l" + std::to_string(100 + round));
  }
  CAF_CHECK(std::ranges::is_sorted(seen));
  CAF_CHECK(std::ranges::adjacent_find(seen) == seen.end());
  CAF_CHECK_EQUAL(std::ranges::count_if(seen, [](const auto& sid) { return sid.starts_with('k'); }), 500);
  CAF_CHECK_EQUAL(std::ranges::count_if(seen, [](const auto& sid) { return sid.starts_with('l'); }), 50);
}

CAF_TEST(a connection says who it is) {
  const auto who = let_in("s1");
  advance_time(std::chrono::seconds{3});
  follow(who, "a");
  follow(who, "b");
  const auto facts = describe(who);
  CAF_CHECK_EQUAL(facts.sid, "s1");
  CAF_CHECK_EQUAL(facts.identity, R"({"sid":"s1"})");
  CAF_CHECK_EQUAL(facts.transport, "websocket");
  CAF_CHECK(facts.age == std::chrono::seconds{3});
  CAF_CHECK_EQUAL(facts.subscription_count, 2u);
  CAF_CHECK_EQUAL(facts.subscriptions.size(), 0u);
}

CAF_TEST(a connection lists its subscriptions with their streams) {
  const auto who = let_in("s1");
  follow(who, "a");
  follow(who, "b");
  says(who, command_type::unsubscribe, identifier_of("a"));
  consume_messages();
  const auto facts = describe(who, true);
  CAF_CHECK_EQUAL(facts.subscription_count, 1u);
  CAF_REQUIRE_EQUAL(facts.subscriptions.size(), 1u);
  CAF_CHECK_EQUAL(facts.subscriptions.front().identifier, identifier_of("b"));
  CAF_CHECK_EQUAL(facts.subscriptions.front().streams, texts{"b"});
}

CAF_TEST(a connection with more subscriptions than can be shown lists some and counts all) {
  const auto who = let_in("s1");
  const std::string padding(100'000, 'x');
  for (auto i = 0; i < 30; ++i)
    follow(who, std::to_string(i) + padding);
  const auto facts = describe(who, true);
  CAF_CHECK_EQUAL(facts.subscription_count, 30u);
  CAF_CHECK_GREATER(facts.subscriptions.size(), 2u);
  CAF_CHECK_LESS(facts.subscriptions.size(), 10u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(records_of_streams, fixture)

CAF_TEST(streams are listed in the order of their names) {
  const auto who = let_in("s1");
  for (const auto* name : {"news", "chat_2", "chat_1", "zoo"})
    follow(who, name);
  CAF_CHECK_EQUAL(names(streams()), (texts{"chat_1", "chat_2", "news", "zoo"}));
  CAF_CHECK_EQUAL(streams().reached, "");
  const auto page = streams("", "", 2);
  CAF_CHECK_EQUAL(names(page), (texts{"chat_1", "chat_2"}));
  CAF_CHECK_EQUAL(page.reached, "chat_2");
  CAF_CHECK_EQUAL(names(streams("chat_2", "", 2)), (texts{"news", "zoo"}));
  CAF_CHECK_EQUAL(names(streams("d")), (texts{"news", "zoo"}));
  CAF_CHECK_EQUAL(names(streams("zoo")), texts{});
}

CAF_TEST(streams are filtered by a part of their name) {
  const auto who = let_in("s1");
  for (const auto* name : {"news", "chat_2", "chat_1", "zoo"})
    follow(who, name);
  CAF_CHECK_EQUAL(names(streams("", "hat")), (texts{"chat_1", "chat_2"}));
  CAF_CHECK_EQUAL(names(streams("chat_1", "o")), texts{"zoo"});
  CAF_CHECK_EQUAL(names(streams("", "nobody")), texts{});
}

CAF_TEST(a stream that is retired is not listed) {
  const auto who = let_in("s1");
  follow(who, "a");
  follow(who, "b");
  says(who, command_type::unsubscribe, identifier_of("a"));
  consume_messages();
  CAF_CHECK_EQUAL(names(streams()), texts{"b"});
  follow(who, "a");
  CAF_CHECK_EQUAL(names(streams()), (texts{"a", "b"}));
}

CAF_TEST(a stream that failed is not listed) {
  const auto who = let_in("s1");
  follow(who, "a");
  follow(let_in("s2"), "b");
  const auto page = streams("", "a");
  CAF_REQUIRE_EQUAL(page.entries.size(), 1u);
  caf::anon_send_exit(page.entries.front().stream, caf::exit_reason::kill);
  consume_messages();
  CAF_CHECK_EQUAL(names(streams()), texts{"b"});
}

CAF_TEST(a look through many names ends early and says how far it came) {
  const auto who = let_in("s1");
  constexpr auto count = directory_state::max_looked_at + 100;
  for (std::size_t i = 0; i < count; ++i)
    caf::anon_send(here.lanes.front()->directory,
                   subscribe{"n" + std::to_string(100'000 + i), "i", &action_cable_json(), who.actor});
  consume_messages();
  const auto first = streams("", "nobody has this");
  CAF_CHECK_EQUAL(names(first), texts{});
  CAF_CHECK_EQUAL(first.reached, "n" + std::to_string(100'000 + directory_state::max_looked_at - 1));
  CAF_CHECK_EQUAL(streams(first.reached, "nobody has this").reached, "");
  CAF_CHECK_EQUAL(names(streams(first.reached, "n")).size(), 100u);
}

CAF_TEST(a stream says who follows it) {
  const auto first = let_in("s1");
  const auto second = let_in("s2");
  follow(first, "a");
  follow(second, "a");
  const auto facts = describe("a");
  CAF_CHECK(facts.found);
  CAF_CHECK_EQUAL(facts.name, "a");
  CAF_CHECK_EQUAL(facts.subscribers, 2u);
  CAF_REQUIRE_EQUAL(facts.followers.size(), 2u);
  CAF_CHECK(std::ranges::find(facts.followers, first.actor) != facts.followers.end());
  CAF_CHECK(std::ranges::find(facts.followers, second.actor) != facts.followers.end());
  CAF_CHECK_EQUAL(describe("a", 1).followers.size(), 1u);
  CAF_CHECK_EQUAL(describe("a", 1).subscribers, 2u);
  CAF_CHECK_EQUAL(describe("a", 0).followers.size(), 0u);
}

CAF_TEST(places that followers have left are not told) {
  std::vector<client> all;
  for (auto i = 0; i < 10; ++i)
    follow(all.emplace_back(let_in("s" + std::to_string(i))), "a");
  for (auto i = 0; i < 9; ++i)
    caf::anon_send(all[static_cast<std::size_t>(i)].actor, client_gone{});
  consume_messages();
  const auto facts = describe("a");
  CAF_CHECK_EQUAL(facts.subscribers, 1u);
  CAF_REQUIRE_EQUAL(facts.followers.size(), 1u);
  CAF_CHECK(facts.followers.front() == all.back().actor);
}

CAF_TEST(a stream that nobody follows is not found) {
  const auto who = let_in("s1");
  CAF_CHECK(!describe("a").found);
  follow(who, "a");
  says(who, command_type::unsubscribe, identifier_of("a"));
  consume_messages();
  CAF_CHECK(!describe("a").found);
}

CAF_TEST_FIXTURE_SCOPE_END()
