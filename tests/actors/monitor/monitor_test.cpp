#define CAF_SUITE monitor
#include "actors/monitor/monitor.hpp"
#include "actors/ingress/messages.hpp"
#include "actors/supervisor/messages.hpp"

#include "tests/actors/support/fake_app_transport.hpp"

#include "tests/actors/monitor/monitor_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

using texts = std::vector<std::string>;

constexpr auto no_commands = "not_allowed: commands need a secret: start abilityd with --secret or --cluster-secret";

// A cluster that knows two nodes. It has an argument, because CAF binds a reference to nothing without one.
cluster_actor::behavior_type fake_cluster(cluster_actor::pointer self, std::uint64_t publications_sent) {
  return {
      [](const dial_due&) {},
      [](const look_up_due&) {},
      [](const name_resolved&) {},
      [](const dial_failed&) {},
      [](const dial_reply&) {},
      [](const join_request&) {},
      [](const link_up&) {},
      [](const link_down&) {},
      [](const link_report&) {},
      [](const members_heard&) {},
      [](const forward_disconnect&) {},
      [](const leave_cluster&) {},
      [](const join_cluster&) {},
      [](await_joined) { return joined_cluster{}; },
      [](cluster_tick) {},
      [self, publications_sent](list_nodes) {
        const auto now = self->clock().now();
        return node_list{{{.who = {"0f", "alpha", "h:1", 1}, .state = node_state::self, .since = now},
                          {.who = {"1f", "beta", "h:2", 1},
                           .state = node_state::up,
                           .since = now - 2s,
                           .dialled_by_us = true,
                           .link = {.streams_followed = 1,
                                    .publications_sent = publications_sent,
                                    .publications_received = 3,
                                    .bytes_sent = 4,
                                    .bytes_received = 5,
                                    .bytes_waiting = 6,
                                    .round_trip = 1'500us},
                           .lost = 7},
                          {.who = {"2f", "gamma", "h:3", 1}, .state = node_state::lost, .since = now}}};
      },
  };
}

struct fixture : monitor_fixture {
  explicit fixture(const monitor_settings& secrets = {}) : monitor_fixture{secrets} {}

  attached who = attach();
};

struct fixture_with_command_secret : fixture {
  fixture_with_command_secret() : fixture{{.command_secret = "open"}} {
    CAF_CHECK_EQUAL(text(who, "login", R"({"secret":"open"})"), R"({"may_read":true,"may_command":true})");
  }
};

struct with_transport {
  std::shared_ptr<fake_app_transport> transport = std::make_shared<fake_app_transport>();
};

struct fixture_with_application : private with_transport, public monitor_fixture {
  fixture_with_application() : monitor_fixture{{}, 1, transport} {}

  attached who = attach();
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(monitor_questions_about_the_node, fixture)

CAF_TEST(the status tells of the node) {
  const auto before = ask(who, "status");
  CAF_CHECK(before["node"]["name"] == "alpha");
  CAF_CHECK(before["node"]["uuid"] == "0f");
  CAF_CHECK(before["node"]["address"] == "h:1");
  CAF_CHECK(before["node"]["version"] == ABILITY_VERSION);
  CAF_CHECK(before["node"]["pid"] == getpid());
  CAF_CHECK(before["node"]["started_ms"] == 1'700'000'000'000);
  CAF_CHECK(before["node"]["uptime_s"] >= 0.0 && before["node"]["uptime_s"] < 60.0);
  CAF_CHECK(before["state"] == "running");
  CAF_CHECK(before["lanes"] == 2);
  CAF_CHECK(before["connections"] == 0);
  CAF_CHECK(before["cluster"].is_null());
  CAF_CHECK(before["redis"] == "off");
  CAF_CHECK(before["app_server"] == "off");
  CAF_CHECK(before["latency"]["p99_ms"].is_null());

  const auto first = let_in("s1", 0);
  follow(first, "a");
  follow(let_in("s2", 1), "b");
  publish("a", "1");
  consume_messages();
  here.redis = redis_state::connected;
  control.now = "draining";
  const auto after = ask(who, "status");
  CAF_CHECK(after["connections"] == 2);
  CAF_CHECK(after["streams"] == 2);
  CAF_CHECK(after["pending_broadcasts"] == 0);
  CAF_CHECK(after["redis"] == "connected");
  CAF_CHECK(after["state"] == "draining");
  CAF_CHECK(after["counters"]["broadcast_msg"] == 1);
  CAF_CHECK(after["counters"]["deliveries_delivered"] == 1);
  CAF_CHECK(after["latency"]["p50_ms"].is_number());
}

CAF_TEST(a node without a cluster knows itself) {
  const auto nodes = ask(who, "nodes")["nodes"];
  CAF_REQUIRE_EQUAL(nodes.size(), 1u);
  CAF_CHECK(nodes[0]["name"] == "alpha");
  CAF_CHECK(nodes[0]["state"] == "self");
  CAF_CHECK(nodes[0]["round_trip_ms"].is_null());
}

CAF_TEST(the nodes of a cluster are those that it knows) {
  here.cluster = ends(sys.spawn(fake_cluster, 2));
  const auto nodes = ask(who, "nodes")["nodes"];
  CAF_REQUIRE_EQUAL(nodes.size(), 3u);
  CAF_CHECK(nodes[0]["state"] == "self");
  CAF_CHECK(nodes[2]["state"] == "lost");
  auto beta = nodes[1];
  CAF_CHECK(beta["since_s"] >= 2.0 && beta["since_s"] < 60.0);
  beta.erase("since_s");
  CAF_CHECK_EQUAL(beta.dump(), json::parse(R"({"name":"beta","uuid":"1f","address":"h:2","state":"up",
      "dialled_by_us":true,"streams":1,"sent":2,"received":3,"bytes_sent":4,"bytes_received":5,"waiting_bytes":6,
      "lost":7,"round_trip_ms":1.5})")
                                   .dump());
  CAF_CHECK(ask(who, "status")["cluster"]["nodes"] == 2);
}

CAF_TEST(a cluster that does not answer costs two seconds and no answer) {
  here.cluster = ends(sys.spawn(fake_cluster, 2));
  caf::anon_send_exit(here.cluster, caf::exit_reason::kill);
  CAF_CHECK(ask(who, "status")["cluster"]["nodes"] == 1);
  CAF_CHECK_EQUAL(ask(who, "nodes")["nodes"].size(), 1u);
}

CAF_TEST(wrong verbs and arguments are named) {
  CAF_CHECK(failure(who, "stats").starts_with("unknown_verb: unknown verb \"stats\"; there are login, status"));
  CAF_CHECK_EQUAL(failure(who, "connections", R"({"limit":0})"),
                  "bad_arguments: \"limit\" must be a whole number from 1 to 1000, found 0");
  CAF_CHECK(failure(who, "status", "[").starts_with("bad_arguments: malformed JSON"));
  CAF_CHECK(failure(who, "watch", R"({"events":["x"]})").starts_with("bad_arguments: \"events\" must be"));
  CAF_CHECK(ask(who, "status").contains("node"));
}

CAF_TEST(without a cluster secret nobody may command and the answer says which option to set) {
  CAF_CHECK_EQUAL(failure(who, "drain"), no_commands);
  CAF_CHECK_EQUAL(text(who, "login", R"({"secret":"anything"})"), R"({"may_read":true,"may_command":false})");
  CAF_CHECK_EQUAL(failure(who, "drain"), no_commands);
  CAF_CHECK_EQUAL(failure(who, "log-level", R"({"level":"debug"})"), no_commands);
  CAF_CHECK_EQUAL(failure(who, "disconnect", R"({"id":"s1"})"), no_commands);
  CAF_CHECK(control.drains.empty());
}

CAF_TEST(four questions run at a time and more than 64 that wait are told so) {
  // Ask the monitor directly; the registries do not run yet.
  const auto one_more = [this] {
    return self->request(here.monitor, caf::infinite, ask_monitor{"connections", "", {true, false}});
  };
  std::vector<decltype(one_more())> asked;
  constexpr auto fit = monitor_state::max_under_way + monitor_state::max_waiting;
  for (std::size_t i = 0; i < fit + 3; ++i)
    asked.push_back(one_more());
  while (sched.prioritize(here.monitor))
    sched.run_once();
  run_queries();
  std::size_t questions = 0;
  for (; sched.prioritize(here.lanes.front()->registry); ++questions)
    sched.run_once();
  CAF_CHECK_EQUAL(questions, monitor_state::max_under_way);
  consume_messages();
  std::size_t busy = 0;
  std::size_t answered = 0;
  for (auto& each : asked)
    each.receive(
        [&](const monitor_answer& told) {
          busy += json::parse(told.json).contains("error");
          answered += json::parse(told.json).contains("connections");
        },
        [](const caf::error&) { CAF_ERROR("no answer"); });
  CAF_CHECK_EQUAL(busy, 3u);
  CAF_CHECK_EQUAL(answered, fit);
  CAF_CHECK_EQUAL(ask(who, "connections")["total"].get<int>(), 0);
}

CAF_TEST(a lane that does not answer makes a question fail after two seconds and no other) {
  caf::anon_send_exit(here.lanes[1]->registry, caf::exit_reason::kill);
  consume_messages();
  CAF_CHECK(failure(who, "connections").starts_with("busy: a lane of this node did not answer within 2 s"));
  CAF_CHECK(failure(who, "connection", R"({"id":"x"})").starts_with("busy: a lane"));
  CAF_CHECK(ask(who, "streams").contains("streams"));
  caf::anon_send_exit(here.directory_of("a"), caf::exit_reason::kill);
  consume_messages();
  for (const auto* about : {"stream", "history", "presence"})
    CAF_CHECK(failure(who, about, R"({"name":"a"})").starts_with("busy: a lane of this node did not answer"));
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(monitor_supervised, fixture)

CAF_TEST(a monitor that fails is logged and takes nothing with it) {
  std::size_t alarms = 0;
  const auto supervisor = ends(spawn_supervisor(here, {nullptr, [&] { ++alarms; }}));
  consume_messages();
  caf::anon_send_exit(here.monitor, caf::exit_reason::kill);
  consume_messages();
  CAF_CHECK_EQUAL(alarms, 0u);
  CAF_CHECK_EQUAL(lines(), texts{"monitor failed, monitoring programs are not answered any more"});
  CAF_CHECK(is_alive(supervisor));
}

CAF_TEST(the monitor ends with the records of the node) {
  const auto supervisor = ends(spawn_supervisor(here, {}));
  caf::anon_send(supervisor, stop_records{});
  consume_messages();
  CAF_CHECK(!is_alive(here.monitor));
  CAF_CHECK(!is_alive(who.session));
  CAF_CHECK_EQUAL(who.way->closed, texts{"the node stops"});
  CAF_CHECK_EQUAL(lines(), texts{});
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(monitor_commands, fixture_with_command_secret)

CAF_TEST(a connection is disconnected by its id) {
  const auto first = let_in("s1", 0);
  const auto second = let_in("s2", 1);
  CAF_CHECK_EQUAL(text(who, "disconnect", R"({"id":"s2","reconnect":false})"), R"({"disconnected":1})");
  CAF_CHECK(is_alive(first.actor));
  CAF_REQUIRE(second.box->closed);
  CAF_CHECK_EQUAL(second.box->closed->text, disconnect_message("remote", false));
  CAF_CHECK_EQUAL(failure(who, "disconnect", R"({"id":"s2"})"), "not_found: no connection has the id \"s2\"");
  CAF_CHECK_EQUAL(text(who, "disconnect", R"({"id":"s1"})"), R"({"disconnected":1})");
  CAF_REQUIRE(first.box->closed);
  CAF_CHECK_EQUAL(first.box->closed->text, disconnect_message("remote", true));
}

CAF_TEST(all connections of an identity are disconnected) {
  const auto first = let_in("s1", 0);
  const auto other = let_in("s2", 1);
  CAF_CHECK_EQUAL(text(who, "disconnect", R"({"identity":"{\"sid\":\"s1\"}"})"), R"({"ordered":true})");
  CAF_CHECK(!is_alive(first.actor));
  CAF_CHECK(is_alive(other.actor));
}

CAF_TEST(the node is drained) {
  let_in("s1");
  CAF_CHECK_EQUAL(text(who, "drain", R"({"within_s":5,"reconnect":false})"), R"({"draining":true,"connections":1})");
  CAF_CHECK_EQUAL(text(who, "drain"), R"({"draining":true,"connections":1})");
  CAF_REQUIRE_EQUAL(control.drains.size(), 2u);
  CAF_CHECK(control.drains[0] == std::pair(5s, false));
  CAF_CHECK(control.drains[1] == std::pair(30s, true));
  CAF_CHECK(ask(who, "status")["state"] == "draining");
}

CAF_TEST(a drain may say how long new clients are still let in) {
  text(who, "drain", R"({"within_s":5,"notice_s":2})");
  CAF_CHECK(control.notice == 2s);
  text(who, "drain");
  CAF_CHECK(!control.notice);
}

CAF_TEST(a node that stops is not drained) {
  control.stopping = true;
  CAF_CHECK_EQUAL(failure(who, "drain"), "not_allowed: the node is stopping, and sends its clients away already");
  CAF_CHECK(control.drains.empty());
}

CAF_TEST(a drain is taken back unless the node stops) {
  text(who, "drain");
  CAF_CHECK_EQUAL(text(who, "undrain"), R"({"draining":false})");
  CAF_CHECK(ask(who, "status")["state"] == "running");
  control.stopping = true;
  CAF_CHECK_EQUAL(failure(who, "undrain"), "not_allowed: the node is stopping, which cannot be taken back");
}

CAF_TEST(the level of the log is set) {
  CAF_CHECK_EQUAL(text(who, "log-level", R"({"level":"debug"})"), R"({"level":"debug","was":"info"})");
  CAF_CHECK(control.level == log_level::debug);
  CAF_CHECK_EQUAL(text(who, "log-level", R"({"level":"error"})"), R"({"level":"error","was":"debug"})");
  CAF_CHECK(control.level == log_level::error);
}

CAF_TEST(commands are logged) {
  CAF_CHECK_EQUAL(lines(), texts{});
  text(who, "drain");
  CAF_CHECK_EQUAL(lines(), texts{"monitor command"});
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(monitor_of_an_application, fixture_with_application)

CAF_TEST(the status tells whether the application answers) {
  CAF_CHECK(ask(who, "status")["app_server"] == "ok");
  CAF_CHECK(ask(who, "status")["counters"].contains("rpc_call"));
  here.app_counters.breaker_open.set(1);
  CAF_CHECK(ask(who, "status")["app_server"] == "failing");
}

CAF_TEST_FIXTURE_SCOPE_END()
