#define CAF_SUITE monitor_records
// Pages of connections and streams, over all lanes.
#include <algorithm>

#include "actors/monitor/streams_query.hpp"
#include "actors/sessions/messages.hpp"
#include "actors/stream/directory.hpp"

#include "tests/actors/monitor/monitor_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

using texts = std::vector<std::string>;

// A connection that reports the facts of the test.
connection_actor::behavior_type told_connection(connection_actor::pointer, const connection_facts& facts) {
  return {
      [](start_handshake) {},
      [](const client_said&) {},
      [](client_gone) {},
      [](const deliver&) {},
      [](const history_lost&) {},
      [](const disconnect_client&) {},
      [](const surrender_session&) {},
      [](session_changed) {},
      [](follow_awaited) {},
      [facts](describe_connection) { return facts; },
  };
}

struct fixture : monitor_fixture {
  fixture() : monitor_fixture{{}, 3} {}

  attached who = attach();

  // Reads all pages by following `next`; calls `between` between two pages.
  texts all_pages(
      const std::string& verb, const json& arguments, const std::string& key,
      const std::function<void(std::size_t)>& between = [](std::size_t) {}) {
    texts all;
    auto asked = arguments;
    for (std::size_t page = 0; page < 10'000; ++page) {
      const auto answer = ask(who, verb, asked.dump());
      CAF_REQUIRE(answer.contains(verb));
      for (const auto& line : answer[verb])
        all.push_back(line[key].get<std::string>());
      if (answer["next"].is_null())
        return all;
      CAF_REQUIRE(asked.value("after", "") < answer["next"].get<std::string>());
      asked["after"] = answer["next"];
      between(page);
    }
    CAF_ERROR("pages without end");
    return all;
  }

  // Connections "k1000", … on all lanes.
  std::vector<client> come(std::size_t count) {
    std::vector<client> all;
    for (std::size_t i = 0; i < count; ++i)
      all.push_back(let_in("k" + std::to_string(1'000 + i), i % here.lanes.size()));
    return all;
  }

  void leave(const client& whom) {
    caf::anon_send(whom.actor, client_gone{});
    consume_messages();
  }
};

bool is_a_set_in_order(const texts& all) {
  return std::ranges::is_sorted(all) && std::ranges::adjacent_find(all) == all.end();
}

}  // namespace

CAF_TEST_FIXTURE_SCOPE(monitor_records_of_connections, fixture)

CAF_TEST(a node without connections has an empty page) {
  CAF_CHECK_EQUAL(text(who, "connections"), R"({"connections":[],"next":null,"total":0})");
}

CAF_TEST(a page tells of each connection) {
  const auto first = let_in("s1", 2);
  follow(first, "a");
  const auto answer = ask(who, "connections");
  CAF_CHECK(answer["total"] == 1);
  CAF_CHECK(answer["next"].is_null());
  auto line = answer["connections"][0];
  CAF_CHECK(line["connected_s"] >= 0.0 && line["connected_s"] < 60.0);
  line.erase("connected_s");
  CAF_CHECK(line == json::parse(R"({"id":"s1","identity":"{\"sid\":\"s1\"}","transport":"websocket",
                                    "subscriptions":1})"));
}

CAF_TEST(pages hold all connections once and in order) {
  come(1'000);
  for (const auto limit : {1'000, 999, 333, 100, 7}) {
    const auto all = all_pages("connections", {{"limit", limit}}, "id");
    CAF_CHECK_EQUAL(all.size(), 1'000u);
    CAF_CHECK(is_a_set_in_order(all));
  }
  const auto first = ask(who, "connections", R"({"limit":10})");
  CAF_CHECK_EQUAL(first["connections"].size(), 10u);
  CAF_CHECK(first["next"] == "k1009");
  CAF_CHECK(first["total"] == 1'000);
}

CAF_TEST(pages stay whole while connections come and go) {
  auto there = come(600);
  const auto all = all_pages("connections", {{"limit", 20}}, "id", [&](std::size_t page) {
    leave(there[page]);
    let_in("j" + std::to_string(page), page % 3);
    let_in("k1" + std::to_string(500 + page) + "x", page % 3);
  });
  CAF_CHECK(is_a_set_in_order(all));
  const auto stayed = [&](std::size_t i) { return std::ranges::binary_search(all, there[i].sid); };
  std::size_t found = 0;
  for (std::size_t i = 0; i < there.size(); ++i)
    found += stayed(i);
  CAF_CHECK_EQUAL(found, 600u);  // those that left had been listed before
}

CAF_TEST(who has ended while the page is made is left out) {
  auto there = come(10);
  auto asked = self->request(who.session, caf::infinite, std::string{"connections"}, std::string{});
  // The registries answer, then two connections end before they are asked.
  while (sched.prioritize(who.session) || sched.prioritize(here.monitor))
    sched.run_once();
  run_queries();
  for (const auto& home : here.lanes)
    while (sched.prioritize(home->registry))
      sched.run_once();
  for (const auto* whom : {&there[3], &there[7]}) {
    caf::anon_send_exit(whom->actor, caf::exit_reason::kill);
    while (sched.prioritize(whom->actor))
      sched.run_once();
  }
  consume_messages();
  asked.receive(
      [&](const std::string& text) {
        const auto answer = json::parse(text);
        CAF_CHECK_EQUAL(answer["connections"].size(), 8u);
        CAF_CHECK(answer["next"].is_null());
      },
      [](const caf::error&) { CAF_ERROR("no answer"); });
}

CAF_TEST(a connection that does not answer is left out after two seconds) {
  const auto there = come(2);
  // A connection that accepts all messages, and never answers.
  const auto stuck = ends(sys.spawn(  // with an argument: CAF binds a reference to nothing without
      [](caf::event_based_actor* self, int) -> caf::behavior {
        self->set_default_handler(caf::skip);
        return {[](int) {}};
      },
      0));
  caf::anon_send(here.lanes[0]->registry,
                 connection_opened{caf::actor_cast<connection_actor>(stuck), 0, "k1000_stuck"});
  consume_messages();
  auto asked = self->request(who.session, caf::infinite, std::string{"connections"}, std::string{});
  consume_messages();
  CAF_CHECK(!self->has_next_message());
  pass(2s);
  asked.receive(
      [&](const std::string& text) {
        const auto answer = json::parse(text);
        CAF_REQUIRE_EQUAL(answer["connections"].size(), 2u);
        CAF_CHECK(answer["connections"][1]["id"] == "k1001");
      },
      [](const caf::error&) { CAF_ERROR("no answer"); });
}

CAF_TEST(a filter finds a part of the sid or of the identity) {
  come(300);
  CAF_CHECK_EQUAL(all_pages("connections", {{"filter", "k123"}}, "id").size(), 10u);
  CAF_CHECK_EQUAL(all_pages("connections", {{"filter", R"(sid":"k1299)"}}, "id"), texts{"k1299"});
  CAF_CHECK_EQUAL(all_pages("connections", {{"filter", "nobody"}}, "id"), texts{});
  const auto some = all_pages("connections", {{"filter", "9"}, {"limit", 3}}, "id");
  CAF_CHECK(is_a_set_in_order(some));
  CAF_CHECK_EQUAL(some.size(), 57u);  // of 1000 to 1299
}

CAF_TEST(a filter looks at 10000 connections and then gives a cursor) {
  // Fake connections, cheaper than real ones: their only identity is their sid.
  constexpr std::size_t count = 12'000;
  for (std::size_t i = 0; i < count; ++i) {
    const auto sid = "f" + std::to_string(100'000 + i);
    caf::anon_send(here.lanes[i % 3]->registry,
                   connection_opened{ends(sys.spawn(told_connection, connection_facts{.sid = sid})), i, sid});
  }
  consume_messages();
  const auto first = ask(who, "connections", R"({"filter":"f1119"})");
  CAF_CHECK_EQUAL(first["connections"].size(), 0u);
  CAF_CHECK(first["next"] == "f109999");
  CAF_CHECK_EQUAL(all_pages("connections", {{"filter", "f1119"}}, "id").size(), 100u);
}

CAF_TEST(a page that would be too long is shortened) {
  // Identities of 40 kB each.
  for (auto i = 0; i < 60; ++i) {
    const connection_facts facts{.sid = "b" + std::to_string(100 + i), .identity = std::string(40'000, 'x')};
    caf::anon_send(here.lanes[0]->registry, connection_opened{ends(sys.spawn(told_connection, facts)), 0, facts.sid});
  }
  consume_messages();
  const auto answer = text(who, "connections");
  CAF_CHECK_LESS(answer.size(), max_answer_size + 200);
  CAF_CHECK_GREATER(answer.size(), max_answer_size / 2);
  CAF_CHECK(!json::parse(answer)["next"].is_null());
  CAF_CHECK_EQUAL(all_pages("connections", json::object(), "id").size(), 60u);
}

CAF_TEST(one connection is told with its streams) {
  const auto one = let_in("s1", 2);
  follow(one, "a");
  auto answer = ask(who, "connection", R"({"id":"s1"})");
  answer.erase("connected_s");
  const auto expected = json::object(
      {{"id", "s1"},
       {"identity", R"({"sid":"s1"})"},
       {"transport", "websocket"},
       {"subscriptions",
        json::array({json::object({{"identifier", identifier_of("a")}, {"streams", json::array({"a"})}})})}});
  CAF_CHECK(answer == expected);
  CAF_CHECK_EQUAL(failure(who, "connection", R"({"id":"s"})"), "not_found: no connection has the id \"s\"");
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(monitor_records_of_streams, fixture)

CAF_TEST(a page tells of each stream) {
  const auto first = let_in("s1");
  follow(first, "chat");
  follow(let_in("s2"), "chat");
  follow(first, "news");
  CAF_CHECK_EQUAL(
      text(who, "streams"),
      R"({"streams":[{"name":"chat","subscribers":2,"gaps":0,"lost":0,"position":null,"kept":0,"bytes":0},)"
      R"({"name":"news","subscribers":1,"gaps":0,"lost":0,"position":null,"kept":0,"bytes":0}],"next":null,"total":2})");
}

CAF_TEST(pages hold all streams once and in order while streams come and go) {
  const auto one = let_in("s1");
  const auto other = let_in("s2");
  for (auto i = 0; i < 300; ++i)
    follow(one, "k" + std::to_string(1'000 + i));
  for (const auto limit : {1'000, 299, 300, 7}) {
    const auto all = all_pages("streams", {{"limit", limit}}, "name");
    CAF_CHECK_EQUAL(all.size(), 300u);
    CAF_CHECK(is_a_set_in_order(all));
  }
  const auto all = all_pages("streams", {{"limit", 10}}, "name", [&](std::size_t page) {
    says(one, command_type::unsubscribe, identifier_of("k" + std::to_string(1'000 + page)));
    follow(other, "j" + std::to_string(page));
    follow(other, "l" + std::to_string(100 + page));
    consume_messages();
  });
  CAF_CHECK(is_a_set_in_order(all));
  CAF_CHECK_EQUAL(std::ranges::count_if(all, [](const auto& name) { return name.starts_with('k'); }), 300);
  CAF_CHECK_EQUAL(std::ranges::count_if(all, [](const auto& name) { return name.starts_with('j'); }), 0);
  CAF_CHECK_GREATER(std::ranges::count_if(all, [](const auto& name) { return name.starts_with('l'); }), 20);
}

CAF_TEST(pages hold streams of any name) {
  const auto one = let_in("s1");
  const std::string tail(100'000, 'x');
  const std::string control(100'000, '\1');
  for (const auto& name : {"a" + tail, "b" + tail, "b" + control, std::string{"c"}, "d" + tail})
    caf::anon_send(here.directory_of(name), subscribe{name, "i", &action_cable_json(), one.actor});
  consume_messages();
  for (const auto limit : {1, 2, 10}) {
    texts begins;
    for (const auto& name : all_pages("streams", {{"limit", limit}}, "name"))
      begins.push_back(name.substr(0, 2));
    CAF_CHECK_EQUAL(begins, (texts{"ax", "b\1", "bx", "c", "dx"}));
  }
  const auto next = ask(who, "streams", R"({"limit":2})")["next"];
  CAF_CHECK_LESS(next.dump().size(), 50'000u);
}

CAF_TEST(streams are found among many) {
  const auto one = let_in("s1");
  for (auto i = 0; i < 40'000; ++i) {
    const auto name = "n" + std::to_string(100'000 + i);
    caf::anon_send(here.directory_of(name), subscribe{name, "i", &action_cable_json(), one.actor});
  }
  consume_messages();
  CAF_CHECK_EQUAL(all_pages("streams", {{"filter", "99"}, {"limit", 1'000}}, "name").size(), 1'120u);
  CAF_CHECK_EQUAL(all_pages("streams", {{"filter", "139999"}}, "name"), texts{"n139999"});
  CAF_CHECK(ask(who, "streams", R"({"filter":"nobody"})")["total"] == 40'000);
}

CAF_TEST(a look for a name gives a cursor when it takes too long) {
  const auto one = let_in("s1");
  // All streams on one lane, so that there are enough of them.
  std::size_t count = 0;
  const auto most = directory_state::max_looked_at * streams_query::max_rounds;
  for (std::size_t i = 0; count < most + 10; ++i) {
    const auto name = "n" + std::to_string(1'000'000 + i);
    if (here.lane_of(name) != 0)
      continue;
    ++count;
    caf::anon_send(here.directory_of(name), subscribe{name, "i", &action_cable_json(), one.actor});
  }
  consume_messages();
  const auto first = ask(who, "streams", R"({"filter":"nobody"})");
  CAF_CHECK_EQUAL(first["streams"].size(), 0u);
  CAF_REQUIRE(first["next"].is_string());
  const auto rest = ask(who, "streams", json{{"filter", "nobody"}, {"after", first["next"]}}.dump());
  CAF_CHECK(rest["next"].is_null());
}

CAF_TEST(one stream is told with who follows it) {
  std::vector<client> all;
  for (auto i = 0; i < 5; ++i)
    follow(all.emplace_back(let_in("s" + std::to_string(i), static_cast<std::size_t>(i) % 3)), "chat");
  auto answer = ask(who, "stream", R"({"name":"chat"})");
  auto sids = answer["connections"].get<texts>();
  std::ranges::sort(sids);
  CAF_CHECK_EQUAL(sids, (texts{"s0", "s1", "s2", "s3", "s4"}));
  CAF_CHECK(answer["subscribers"] == 5);
  CAF_CHECK(answer["more"] == false);
  answer = ask(who, "stream", R"({"name":"chat","limit":2})");
  CAF_CHECK_EQUAL(answer["connections"].size(), 2u);
  CAF_CHECK(answer["more"] == true);
  CAF_CHECK_EQUAL(failure(who, "stream", R"({"name":"chats"})"),
                  "not_found: nobody follows a stream \"chats\" on this node");
}

CAF_TEST(who follows a stream twice is told once) {
  const auto one = let_in("s1");
  follow(one, "chat");
  caf::anon_send(here.directory_of("chat"), subscribe{"chat", "other", &action_cable_json(), one.actor});
  consume_messages();
  const auto answer = ask(who, "stream", R"({"name":"chat"})");
  CAF_CHECK(answer["subscribers"] == 2);
  CAF_CHECK_EQUAL(answer["connections"].get<texts>(), texts{"s1"});
}

CAF_TEST_FIXTURE_SCOPE_END()
