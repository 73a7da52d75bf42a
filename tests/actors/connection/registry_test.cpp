#define CAF_SUITE registry
// Labels: hardened
#include "actors/connection/registry.hpp"

#include "tests/actors/support/fake_actors.hpp"

#include "tests/actors/support/actor_fixture.hpp"

using namespace ability;

namespace {

struct record {
  connection_actor actor;
  std::shared_ptr<connection_record> told;
};

struct fixture : actor_fixture {
  fixture() : actor_fixture{2} {}

  const registry_actor& uut = here.lanes.front()->registry;

  // A connection that reports `identity` as its own.
  record open(const std::string& identity, std::string sid = "s") {
    auto told = std::make_shared<connection_record>();
    record who{ends(sys.spawn(fake_connection, told)), told};
    caf::anon_send(uut, connection_opened{who.actor, std::hash<std::string>{}(identity), std::move(sid)});
    consume_messages();
    return who;
  }

  void close(const record& who, const std::string& identity, std::string sid = "s") {
    caf::anon_send(uut, connection_closed{who.actor, std::hash<std::string>{}(identity), std::move(sid)});
    consume_messages();
  }

  void disconnect(const std::string& identity, bool reconnect = true) {
    ability::publish(*here.lanes.front(), remote_disconnect{identity, reconnect}, scope::here);
    consume_messages();
  }
};

std::string identity_of(std::string_view sid) { return R"({"sid":")" + std::string{sid} + R"("})"; }

}  // namespace

CAF_TEST_FIXTURE_SCOPE(registry_tests, fixture)

CAF_TEST(a remote disconnect reaches every connection with the identity and no other) {
  // Sessions of one identity: one on each lane, and a second one on the first.
  const std::vector<client> meant{let_in("s1", 0), let_in("s1", 0), let_in("s1", 1)};
  const std::vector<client> others{let_in("s2", 0), let_in("s3", 1)};
  disconnect(identity_of("s1"), false);
  for (const auto& who : meant) {
    CAF_CHECK(!is_alive(who.actor));
    CAF_REQUIRE(who.box->closed);
    CAF_CHECK_EQUAL(who.box->closed->text, disconnect_message("remote", false));
  }
  for (const auto& who : others)
    CAF_CHECK(is_alive(who.actor));
  CAF_CHECK_EQUAL(sum(&lane_counters::remote_commands), 1u);
  CAF_CHECK_EQUAL(sum(&lane_counters::connections_closed), 3u);
}

CAF_TEST(a remote disconnect tells whether the client may come back) {
  const auto who = let_in("s1");
  disconnect(identity_of("s1"), true);
  CAF_REQUIRE(who.box->closed);
  CAF_CHECK_EQUAL(who.box->closed->text, disconnect_message("remote", true));
}

CAF_TEST(a remote disconnect of nobody changes nothing) {
  const auto who = let_in("s1");
  disconnect(identity_of("s2"));
  CAF_CHECK(is_alive(who.actor));
}

CAF_TEST(a connection whose identity has the same hash is not disconnected) {
  const auto meant = let_in("s1");
  const auto other = let_in("s2");
  caf::anon_send(uut, connection_opened{other.actor, std::hash<std::string>{}(identity_of("s1")), "s2"});
  disconnect(identity_of("s1"));
  CAF_CHECK(!is_alive(meant.actor));
  CAF_CHECK(is_alive(other.actor));
  CAF_CHECK(!other.box->closed);
}

CAF_TEST(of connections with one hash only the one that ended is forgotten) {
  const auto first = open("x");
  const auto second = open("x");
  const auto third = open("x");
  close(second, "x");
  disconnect("x");
  CAF_CHECK_EQUAL(first.told->goodbyes.size(), 1u);
  CAF_CHECK_EQUAL(second.told->goodbyes.size(), 0u);
  CAF_CHECK_EQUAL(third.told->goodbyes.size(), 1u);
}

CAF_TEST(a connection that ended is not held) {
  const auto who = open("x");
  CAF_CHECK_EQUAL(holders(who.actor), 2u);
  close(who, "x");
  CAF_CHECK_EQUAL(holders(who.actor), 1u);
}

CAF_TEST(an end that was never a beginning changes nothing) {
  const auto who = open("x");
  const auto stranger = let_in("s1");
  caf::anon_send(uut, connection_closed{stranger.actor, std::hash<std::string>{}("x"), "s"});
  close(who, "y");
  disconnect("x");
  CAF_CHECK_EQUAL(who.told->goodbyes.size(), 1u);
}

CAF_TEST(everybody can be disconnected) {
  const auto first = let_in("s1");
  const auto second = let_in("s2");
  caf::anon_send(uut, disconnect_all{"server_restart", true});
  consume_messages();
  for (const auto* who : {&first, &second}) {
    CAF_CHECK(!is_alive(who->actor));
    CAF_REQUIRE(who->box->closed);
    CAF_CHECK_EQUAL(who->box->closed->text, disconnect_message("server_restart", true));
    CAF_CHECK_EQUAL(holders(who->actor), 1u);
  }
}

CAF_TEST(a connection that comes after everybody was disconnected is disconnected too) {
  caf::anon_send(uut, disconnect_all{"server_restart", true});
  consume_messages();
  const auto late = let_in("s1");
  CAF_CHECK(!is_alive(late.actor));
  CAF_REQUIRE(late.box->closed);
  CAF_CHECK_EQUAL(late.box->closed->text, disconnect_message("server_restart", true));
}

CAF_TEST(a drain says goodbye evenly over its time and at last to whoever comes) {
  std::vector<record> all;
  for (char c = 'a'; c < 'u'; ++c)
    all.push_back(open("i", std::string(1, c)));
  const auto told = [&] {
    return std::ranges::count_if(all, [](const auto& each) { return !each.told->goodbyes.empty(); });
  };
  caf::anon_send(uut, drain_connections{std::chrono::seconds{1}, true});
  consume_messages();
  CAF_CHECK_EQUAL(told(), 2);
  for (int step = 2; step <= 10; ++step) {
    advance_time(registry_state::drain_interval);
    consume_messages();
    CAF_CHECK_EQUAL(told(), 2 * step);
  }
  CAF_CHECK_EQUAL(all.front().told->goodbyes.front().reason, "server_restart");
  CAF_CHECK(all.front().told->goodbyes.front().reconnect);
  advance_time(registry_state::drain_interval);
  consume_messages();
  const auto late = open("i", "z");
  CAF_CHECK_EQUAL(late.told->goodbyes.size(), 1u);
}

CAF_TEST(numbers that do not divide are told evenly too) {
  std::vector<record> all;
  for (char c = 'a'; c < 'h'; ++c)
    all.push_back(open("i", std::string(1, c)));
  const auto told = [&] {
    return std::ranges::count_if(all, [](const auto& each) { return !each.told->goodbyes.empty(); });
  };
  caf::anon_send(uut, drain_connections{std::chrono::milliseconds{400}, true});
  consume_messages();
  CAF_CHECK_EQUAL(told(), 2);
  for (const int by_now : {4, 6, 7}) {
    advance_time(registry_state::drain_interval);
    consume_messages();
    CAF_CHECK_EQUAL(told(), by_now);
  }
}

CAF_TEST(a few connections are told sooner than the time would allow) {
  const std::vector<record> all{open("i", "a"), open("i", "b")};
  caf::anon_send(uut, drain_connections{std::chrono::hours{1}, true});
  consume_messages();
  advance_time(registry_state::drain_interval);
  consume_messages();
  for (const auto& each : all)
    CAF_CHECK_EQUAL(each.told->goodbyes.size(), 1u);
}

CAF_TEST(a drain that is cancelled disconnects nobody more and one that is ordered behind it begins anew) {
  std::vector<record> all;
  for (char c = 'a'; c < 'k'; ++c)
    all.push_back(open("i", std::string(1, c)));
  const auto told = [&] {
    return std::ranges::count_if(all, [](const auto& each) { return !each.told->goodbyes.empty(); });
  };
  caf::anon_send(uut, drain_connections{std::chrono::seconds{1}, true});
  consume_messages();
  caf::anon_send(uut, ability::cancel_drain{});
  for (int step = 0; step < 12; ++step) {
    advance_time(registry_state::drain_interval);
    consume_messages();
  }
  CAF_CHECK_EQUAL(told(), 1);
  const auto late = open("i", "z");
  CAF_CHECK(late.told->goodbyes.empty());

  caf::anon_send(uut, drain_connections{std::chrono::milliseconds{0}, true});
  consume_messages();
  CAF_CHECK_EQUAL(late.told->goodbyes.size(), 1u);
  caf::anon_send(uut, ability::cancel_drain{});
  consume_messages();
  const auto later = open("i", "y");
  CAF_CHECK(later.told->goodbyes.empty());
}

CAF_TEST(a drain without time is at once) {
  const auto one = open("i", "a");
  caf::anon_send(uut, drain_connections{std::chrono::seconds{0}, false});
  consume_messages();
  CAF_REQUIRE_EQUAL(one.told->goodbyes.size(), 1u);
  CAF_CHECK(!one.told->goodbyes.front().reconnect);
}

// -- the last connection

CAF_TEST(the end of the last connection of all lanes is reported once) {
  const auto first = let_in("s1", 0);
  const auto second = let_in("s2", 1);
  auto calls = 0;
  when_no_connections(here, false, [&] { ++calls; });
  consume_messages();
  caf::anon_send(first.actor, client_gone{});
  consume_messages();
  CAF_CHECK_EQUAL(calls, 0);
  caf::anon_send(second.actor, client_gone{});
  consume_messages();
  CAF_CHECK_EQUAL(calls, 1);
  when_no_connections(here, true, [&] { ++calls; });
  consume_messages();
  CAF_CHECK_EQUAL(calls, 2);
}

CAF_TEST(a connection whose admission is not decided counts if it shall) {
  auto& entering = here.lanes.front()->counters.entering;
  entering.add();
  auto calls = 0;
  when_no_connections(here, false, [&] { ++calls; });
  consume_messages();
  CAF_CHECK_EQUAL(calls, 1);
  when_no_connections(here, true, [&] { ++calls; });
  consume_messages();
  CAF_CHECK_EQUAL(calls, 1);
  entering.sub();
  caf::anon_send(uut, connection_refused{});
  consume_messages();
  CAF_CHECK_EQUAL(calls, 2);
}

CAF_TEST(a connection that is refused is reported to its registry) {
  here.lanes.front()->settings.public_access = false;
  const auto who = connect("s1");
  caf::anon_send(who.actor, handshake());
  expect((start_handshake), from(_).to(who.actor));
  CAF_CHECK(!is_alive(who.actor));
  expect((connection_refused), from(_).to(uut));
}

CAF_TEST(a registry that has failed is not waited for) {
  const auto who = let_in("s2", 1);
  auto calls = 0;
  when_no_connections(here, false, [&] { ++calls; });
  consume_messages();
  caf::anon_send_exit(here.lanes[1]->registry, caf::exit_reason::kill);
  consume_messages();
  CAF_CHECK_EQUAL(calls, 1);
}

CAF_TEST_FIXTURE_SCOPE_END()
