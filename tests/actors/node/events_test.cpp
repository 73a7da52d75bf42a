#define CAF_SUITE events
// Events that are reported to the monitor by their origin.
#include "actors/node/events.hpp"

#include <chrono>

#include "actors/ingress/redis_subscriber.hpp"
#include "actors/monitor/messages.hpp"
#include "tests/actors/support/fake_redis_link.hpp"

#include "tests/actors/support/app_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;

// A monitor that only records.
monitor_actor::behavior_type fake_monitor(monitor_actor::pointer, std::shared_ptr<std::vector<happened>> told) {
  return {
      [](const ask_monitor&) { return monitor_answer{}; },
      [](const watch_node&) { return monitor_answer{}; },
      [](const unwatch_node&) {},
      [told](const happened& event) { told->push_back(event); },
      [](snapshot_due) {},
      [](events_due) {},
  };
}

template <class Base>
struct watched_node : Base {
  template <class... Ts>
  explicit watched_node(const Ts&... how) : Base{how...} {
    this->here.monitor = this->ends(this->sys.spawn(fake_monitor, told));
    this->here.watched_events = all_event_kinds;
  }

  std::shared_ptr<std::vector<happened>> told = std::make_shared<std::vector<happened>>();

  /// "kind subject detail" of all events since the last look.
  texts heard() {
    this->consume_messages();
    texts all;
    for (const auto& event : *told)
      all.push_back(std::string{name_of(event.what)} + ' ' + event.subject + ' ' + event.detail);
    told->clear();
    return all;
  }
};

struct fixture : watched_node<actor_fixture> {
  // The event that reports the end of an accepted client's connection.
  template <class Message>
  texts end_of(const Message& what) {
    const auto who = let_in("s1");
    heard();
    caf::anon_send(who.actor, what);
    return heard();
  }
};

struct fixture_with_application : watched_node<app_fixture> {};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(events_of_connections, fixture)

CAF_TEST(a connection that is let in is reported with its identity) {
  advance_time(std::chrono::seconds{3});
  let_in("s1");
  CAF_REQUIRE_EQUAL(told->size(), 1u);
  CAF_CHECK(told->front().when == here.wall_clock());
  CAF_CHECK(told->front().when == first_day + std::chrono::seconds{3});
  CAF_CHECK_EQUAL(heard(), texts{R"(connected s1 {"sid":"s1"})"});
}

CAF_TEST(a connection that is not let in is not reported) {
  const auto who = connect("s1");
  caf::anon_send(who.actor, client_gone{});
  CAF_CHECK_EQUAL(heard(), texts{});
}

CAF_TEST(the end of a connection is reported once with its reason) {
  CAF_CHECK_EQUAL(end_of(client_gone{}), texts{"disconnected s1 client_gone"});
  CAF_CHECK_EQUAL(end_of(client_gone{"too_slow"}), texts{"disconnected s1 too_slow"});
  CAF_CHECK_EQUAL(end_of(client_gone{"token_expired"}), texts{"disconnected s1 token_expired"});
  CAF_CHECK_EQUAL(end_of(disconnect_client{{}, "server_restart", true}), texts{"disconnected s1 server_restart"});
  const auto who = let_in("s2");
  heard();
  caf::anon_send(who.actor, disconnect_client{R"({"sid":"s2"})", "remote", false});
  caf::anon_send(who.actor, client_gone{});
  CAF_CHECK_EQUAL(heard(), texts{"disconnected s2 remote"});
}

CAF_TEST(a connection that fails is reported) {
  const auto who = let_in("s1");
  heard();
  caf::anon_send_exit(who.actor, caf::exit_reason::kill);
  CAF_CHECK_EQUAL(heard(), texts{"disconnected s1 failed"});
}

CAF_TEST(streams are reported when they are created and retired) {
  const auto who = let_in("s1");
  heard();
  follow(who, "a");
  CAF_CHECK_EQUAL(heard(), texts{"stream_created a "});
  follow(let_in("s2"), "a");
  CAF_CHECK_EQUAL(heard(), texts{R"(connected s2 {"sid":"s2"})"});
  says(who, command_type::unsubscribe, identifier_of("a"));
  CAF_CHECK_EQUAL(heard(), texts{});
  follow(who, "b");
  says(who, command_type::unsubscribe, identifier_of("b"));
  CAF_CHECK_EQUAL(heard(), (texts{"stream_created b ", "stream_retired b "}));
}

CAF_TEST(nothing is sent while nobody watches) {
  here.watched_events = bit_of(event_kind::disconnected);
  const auto who = let_in("s1");
  follow(who, "a");
  caf::anon_send(who.actor, client_gone{});
  CAF_CHECK_EQUAL(heard(), texts{"disconnected s1 client_gone"});
  here.watched_events = 0;
  let_in("s2");
  CAF_CHECK_EQUAL(heard(), texts{});
  CAF_CHECK_EQUAL(here.events_in_flight.load(), 1u);  // the fake monitor does not count it down
}

CAF_TEST(what is long is cut between characters) {
  std::string text(max_event_text - 1, 'x');
  report(here, event_kind::gap, text + "\u00e9", std::string(1'000'000, 'y'));
  heard();
  report(here, event_kind::gap, text + "\u00e9", std::string(1'000'000, 'y'));
  CAF_CHECK_EQUAL(heard(), texts{"gap " + text + ' ' + std::string(max_event_text, 'y')});
}

CAF_TEST(events that the monitor does not keep up with are dropped and counted) {
  for (std::uint32_t i = 0; i < max_events_in_flight + 5; ++i)
    report(here, event_kind::gap, "a");
  CAF_CHECK_EQUAL(here.events_in_flight.load(), max_events_in_flight);
  CAF_CHECK_EQUAL(here.events_dropped.load(), 5u);
  CAF_CHECK_EQUAL(heard().size(), max_events_in_flight);
}

CAF_TEST(the state of redis is reported when it changes) {
  CAF_CHECK(here.redis.load() == redis_state::off);
  const auto link = std::make_shared<fake_redis_link>();
  const auto redis = ends(spawn_redis_subscriber(*here.lanes.front(), link));
  CAF_CHECK(here.redis.load() == redis_state::lost);
  for (const auto* why : {"refused", "refused", "no such host"})
    caf::anon_send(redis, redis_lost{why});
  CAF_CHECK_EQUAL(heard(), (texts{"redis lost refused", "redis lost no such host"}));
  caf::anon_send(redis, redis_connected{});
  CAF_CHECK_EQUAL(heard(), texts{"redis connected "});
  CAF_CHECK(here.redis.load() == redis_state::connected);
  caf::anon_send(redis, redis_lost{"closed"});
  CAF_CHECK_EQUAL(heard(), texts{"redis lost closed"});
  CAF_CHECK(here.redis.load() == redis_state::lost);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(events_of_an_application, fixture_with_application)

CAF_TEST(an application that fails most calls is reported once) {
  std::vector<client> all;
  for (unsigned i = 0; i < 2 * circuit_breaker::least_calls; ++i) {
    caf::anon_send(all.emplace_back(connect("s" + std::to_string(i))).actor, handshake());
    consume_messages();
    while (transport->open() > 0)
      transport->answer(rpc_error{rpc_failure::timed_out, "slow"}, 0);
  }
  CAF_CHECK_EQUAL(heard(), texts{"app_server failing "});
}

CAF_TEST(the reason of a client that the application ends is told) {
  const auto who = connect("s1");
  caf::anon_send(who.actor, handshake());
  consume_messages();
  transport->answer(rpc_reply{.status = rpc_status::success, .identity = "me"}, 0);
  CAF_CHECK_EQUAL(heard(), texts{"connected s1 me"});
  says(who, command_type::subscribe, "i");
  consume_messages();
  transport->answer(rpc_reply{.status = rpc_status::success, .disconnect = true}, 0);
  CAF_CHECK_EQUAL(heard(), texts{"disconnected s1 application"});
}

CAF_TEST_FIXTURE_SCOPE_END()
