#define CAF_SUITE monitor_feed
// Snapshots and events for monitor sessions that watch.
#include "actors/monitor/watch_feed.hpp"

#include <cmath>

#include "actors/node/events.hpp"

#include "tests/actors/monitor/monitor_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

using texts = std::vector<std::string>;

// Feeds that a monitor session has received.
struct fed {
  std::vector<feed> all;

  std::vector<json> of(std::string_view kind) const {
    std::vector<json> found;
    for (const auto& each : all)
      if (each.kind == kind)
        found.push_back(json::parse(*each.json));
    return found;
  }

  std::vector<std::size_t> sizes() const {
    std::vector<std::size_t> found;
    for (const auto& each : of("events"))
      found.push_back(each["events"].size());
    return found;
  }

  std::uint64_t dropped() const {
    std::uint64_t sum = 0;
    for (const auto& each : of("events"))
      sum += each["dropped"].get<std::uint64_t>();
    return sum;
  }

  texts kinds() const {
    texts found;
    for (const auto& each : of("events"))
      for (const auto& event : each["events"])
        found.push_back(event["kind"]);
    return found;
  }
};

monitor_session_actor::behavior_type fake_monitor_session(monitor_session_actor::pointer, std::shared_ptr<fed> told) {
  return {
      [](const std::string&, const std::string&) { return std::string{}; },
      [told](const feed& news) { told->all.push_back(news); },
      [](const peer_connection_closed&) {},
      [](monitor_session_tick) {},
  };
}

struct watcher {
  monitor_session_actor session;
  std::shared_ptr<fed> told;
};

struct fixture : monitor_fixture {
  watcher someone() {
    auto told = std::make_shared<fed>();
    return {ends(sys.spawn(fake_monitor_session, told)), told};
  }

  std::string wish(const watcher& who, std::chrono::milliseconds interval, std::uint32_t events = 0) {
    std::string answer;
    auto asked = self->request(here.monitor, caf::infinite, watch_node{who.session, interval, events});
    consume_messages();
    asked.receive([&](const monitor_answer& told) { answer = told.json; },
                  [](const caf::error&) { CAF_FAIL("no answer"); });
    return answer;
  }

  watcher watching(std::chrono::milliseconds interval, std::uint32_t events = 0) {
    auto who = someone();
    CAF_REQUIRE_EQUAL(wish(who, interval, events), R"({"watching":true})");
    return who;
  }

  void report_many(std::size_t count, event_kind what = event_kind::gap) {
    for (std::size_t i = 0; i < count; ++i)
      report(here, what, "s" + std::to_string(i));
    consume_messages();
  }

  lane_counters& counters(std::size_t lane = 0) { return here.lanes[lane]->counters; }
};

bool is_near(const json& number, double expected) { return std::abs(number.get<double>() - expected) < 0.001; }

}  // namespace

CAF_TEST_FIXTURE_SCOPE(monitor_feed_snapshots, fixture)

CAF_TEST(a snapshot comes at each end of the interval) {
  const auto who = watching(1s);
  pass(999ms);
  CAF_CHECK(who.told->all.empty());
  pass(1ms);
  CAF_CHECK_EQUAL(who.told->all.size(), 1u);
  for (auto i = 0; i < 10; ++i)
    pass(1s);
  const auto all = who.told->of("snapshot");
  CAF_CHECK_EQUAL(all.size(), 11u);
  for (const auto& each : all)
    CAF_CHECK(each["interval_s"] == 1);
}

CAF_TEST(a snapshot tells rates and latency of its interval) {
  const auto who = watching(500ms);
  counters(0).connections_opened.add(10);
  counters(1).connections_opened.add(5);
  counters(1).connections_closed.add(3);
  counters(0).client_messages.add(7);
  counters(0).broadcasts.add(100);
  counters(0).delivered.add(1'000);
  counters(0).bytes_received.add(2'000);
  counters(1).bytes_sent.add(4'000);
  for (auto i = 0; i < 100; ++i)
    counters(0).broadcast_latency.observe(0.00075);
  pass(500ms);
  pass(500ms);
  const auto all = who.told->of("snapshot");
  CAF_REQUIRE_EQUAL(all.size(), 2u);
  const auto& first = all[0];
  CAF_CHECK(first["node"] == "alpha");
  CAF_CHECK(first["connections"] == 12);
  CAF_CHECK(first["counters"]["client_msg"] == 7);
  CAF_CHECK(first["rates"] == json::parse(R"({"connects":30,"disconnects":6,"messages_in":14,"broadcasts":200,
                                             "deliveries":2000,"bytes_in":4000,"bytes_out":8000})"));
  CAF_CHECK(is_near(first["latency"]["p50_ms"], 0.75));
  CAF_CHECK_GREATER(first["cpu_s"].get<double>(), 0.0);
  CAF_CHECK_GREATER(first["rss_bytes"].get<std::uint64_t>(), 1'000'000u);
  CAF_CHECK(all[1]["counters"]["client_msg"] == 7);
  for (const auto& [name, rate] : all[1]["rates"].items())
    CAF_CHECK(rate == 0);
  CAF_CHECK(all[1]["latency"]["p50_ms"].is_null());
}

CAF_TEST(rates are over the time that has really passed) {
  const auto who = watching(1s);
  counters().broadcasts.add(50);
  pass(5s);  // the lane was busy
  counters().broadcasts.add(10);
  pass(1s);
  const auto all = who.told->of("snapshot");
  CAF_REQUIRE_EQUAL(all.size(), 2u);
  CAF_CHECK(all[0]["interval_s"] == 5);
  CAF_CHECK(all[0]["rates"]["broadcasts"] == 10);
  CAF_CHECK(all[1]["interval_s"] == 1);
  CAF_CHECK(all[1]["rates"]["broadcasts"] == 10);
}

CAF_TEST(watchers with one interval share the text of a snapshot) {
  const auto first = watching(1s);
  pass(400ms);
  const auto late = watching(1s);
  pass(600ms);
  CAF_REQUIRE_EQUAL(first.told->all.size(), 1u);
  CAF_REQUIRE_EQUAL(late.told->all.size(), 1u);
  CAF_CHECK(first.told->all[0].json == late.told->all[0].json);
}

CAF_TEST(two intervals have rates of their own) {
  const auto fast = watching(200ms);
  const auto slow = watching(1s);
  for (auto i = 0; i < 10; ++i) {
    counters().broadcasts.add(20);
    pass(100ms);
  }
  const auto often = fast.told->of("snapshot");
  CAF_REQUIRE_EQUAL(often.size(), 5u);
  for (const auto& each : often)
    CAF_CHECK(each["rates"]["broadcasts"] == 200);
  const auto seldom = slow.told->of("snapshot");
  CAF_REQUIRE_EQUAL(seldom.size(), 1u);
  CAF_CHECK(seldom[0]["rates"]["broadcasts"] == 200);
}

CAF_TEST(an interval of zero has no snapshots) {
  const auto who = watching(0ms, bit_of(event_kind::gap));
  pass(10min);
  CAF_CHECK(who.told->all.empty());
}

CAF_TEST(a new wish replaces the one before) {
  const auto who = watching(100ms, all_event_kinds);
  CAF_CHECK_EQUAL(wish(who, 1s), R"({"watching":true})");
  CAF_CHECK_EQUAL(here.watched_events.load(), 0u);
  for (auto i = 0; i < 10; ++i)
    pass(100ms);
  CAF_CHECK_EQUAL(who.told->of("snapshot").size(), 1u);
}

CAF_TEST(a watcher that wants no more gets no more) {
  const auto who = watching(100ms, all_event_kinds);
  const auto other = watching(100ms);
  caf::anon_send(here.monitor, unwatch_node{who.session});
  pass(1s);
  CAF_CHECK(who.told->all.empty());
  CAF_CHECK_EQUAL(other.told->all.size(), 1u);
  CAF_CHECK_EQUAL(here.watched_events.load(), 0u);
  CAF_CHECK_EQUAL(holders(who.session), 1u);
}

CAF_TEST(a watcher that ends is forgotten) {
  const auto who = watching(100ms, bit_of(event_kind::gap));
  const auto other = watching(200ms, bit_of(event_kind::redis));
  caf::anon_send_exit(who.session, caf::exit_reason::kill);
  consume_messages();
  CAF_CHECK_EQUAL(here.watched_events.load(), bit_of(event_kind::redis));
  pass(200ms);
  CAF_CHECK_EQUAL(other.told->all.size(), 1u);
}

CAF_TEST(while nobody watches the monitor has nothing to do) {
  const auto who = watching(100ms, all_event_kinds);
  report_many(1);
  caf::anon_send(here.monitor, unwatch_node{who.session});
  consume_messages();
  pass(100ms);  // timers that were already set
  CAF_CHECK(!sched.clock().trigger_timeout());
  CAF_CHECK_EQUAL(consume_messages(), 0u);
}

CAF_TEST(more than 64 watchers are told to wait) {
  std::vector<watcher> all;
  for (std::size_t i = 0; i < monitor_feed::max_watchers; ++i)
    all.push_back(watching(1s));
  const auto late = someone();
  CAF_CHECK(json::parse(wish(late, 1s))["error"]["code"] == "busy");
  CAF_CHECK_EQUAL(wish(all[3], 2s), R"({"watching":true})");
  caf::anon_send(here.monitor, unwatch_node{all[5].session});
  CAF_CHECK_EQUAL(wish(late, 1s), R"({"watching":true})");
}

CAF_TEST(the end of the monitor ends the watching for events) {
  watching(1s, all_event_kinds);
  CAF_CHECK_EQUAL(here.watched_events.load(), all_event_kinds);
  caf::anon_send_exit(here.monitor, caf::exit_reason::user_shutdown);
  consume_messages();
  CAF_CHECK_EQUAL(here.watched_events.load(), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(monitor_feed_events, fixture)

CAF_TEST(events are gathered for a tenth of a second) {
  const auto who = watching(0ms, all_event_kinds);
  report(here, event_kind::connected, "s1", "me");
  consume_messages();
  pass(60ms);
  report(here, event_kind::gap, "chat");
  consume_messages();
  pass(39ms);
  CAF_CHECK(who.told->all.empty());
  pass(1ms);
  const auto all = who.told->of("events");
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_CHECK(all[0]["node"] == "alpha");
  CAF_CHECK(all[0]["dropped"] == 0);
  auto first = all[0]["events"][0];
  CAF_CHECK_LESS_OR_EQUAL(first["at_ms"].get<std::int64_t>(), all[0]["at_ms"].get<std::int64_t>());
  first.erase("at_ms");
  CAF_CHECK(first == json::parse(R"({"kind":"connected","subject":"s1","detail":"me"})"));
  CAF_CHECK_EQUAL(who.told->kinds(), (texts{"connected", "gap"}));
  pass(10s);
  CAF_CHECK_EQUAL(who.told->all.size(), 1u);
}

CAF_TEST(a watcher gets the kinds that it wants and the same text as others that want them) {
  const auto all = watching(0ms, all_event_kinds);
  const auto gaps = watching(0ms, bit_of(event_kind::gap));
  const auto same = watching(0ms, bit_of(event_kind::gap));
  const auto redis = watching(0ms, bit_of(event_kind::redis));
  const auto none = watching(1h);
  CAF_CHECK_EQUAL(here.watched_events.load(), all_event_kinds);
  for (const auto what : {event_kind::gap, event_kind::connected, event_kind::gap})
    report(here, what, "s");
  consume_messages();
  pass(100ms);
  CAF_CHECK_EQUAL(all.told->kinds(), (texts{"gap", "connected", "gap"}));
  CAF_CHECK_EQUAL(gaps.told->kinds(), (texts{"gap", "gap"}));
  CAF_REQUIRE_EQUAL(same.told->all.size(), 1u);
  CAF_CHECK(same.told->all[0].json == gaps.told->all[0].json);
  CAF_CHECK(redis.told->all.empty());
  CAF_CHECK(none.told->all.empty());
}

CAF_TEST(a feed holds a thousand events and there are four in a tenth of a second) {
  const auto who = watching(0ms, all_event_kinds);
  report_many(3'500);
  CAF_CHECK_EQUAL(who.told->sizes(), (std::vector<std::size_t>{1'000, 1'000, 1'000}));
  pass(100ms);
  CAF_CHECK_EQUAL(who.told->sizes(), (std::vector<std::size_t>{1'000, 1'000, 1'000, 500}));
  CAF_CHECK_EQUAL(who.told->dropped(), 0u);
}

CAF_TEST(what is more is dropped and counted once) {
  const auto who = watching(0ms, all_event_kinds);
  report_many(4'700);
  pass(100ms);
  CAF_CHECK_EQUAL(who.told->sizes(), (std::vector<std::size_t>{1'000, 1'000, 1'000, 1'000}));
  CAF_CHECK_EQUAL(who.told->of("events").back()["dropped"].get<int>(), 700);
  report_many(1);
  pass(100ms);
  CAF_CHECK(who.told->sizes().back() == 1);
  CAF_CHECK_EQUAL(who.told->dropped(), 700u);
}

CAF_TEST(events that never reached the monitor are counted too) {
  const auto who = watching(0ms, all_event_kinds);
  for (std::uint32_t i = 0; i < max_events_in_flight + 9; ++i)
    report(here, event_kind::gap, "s");
  consume_messages();
  pass(100ms);
  CAF_CHECK_EQUAL(who.told->dropped(), 9u + max_events_in_flight - 4'000u);
  CAF_CHECK_EQUAL(here.events_in_flight.load(), 0u);
}

CAF_TEST(a feed of long events is no longer than an answer) {
  const auto who = watching(0ms, all_event_kinds);
  for (auto i = 0; i < 1'000; ++i)
    report(here, event_kind::gap, std::string(max_event_text, '\x01'), std::string(max_event_text, '\x02'));
  consume_messages();
  pass(100ms);
  CAF_REQUIRE_EQUAL(who.told->all.size(), 4u);
  std::uint64_t told = who.told->dropped();
  for (const auto& each : who.told->all)
    CAF_CHECK_LESS(each.json->size(), max_answer_size);
  for (const auto size : who.told->sizes())
    told += size;
  CAF_CHECK_EQUAL(told, 1'000u);
}

CAF_TEST(an event that nobody watches for any more is forgotten) {
  const auto who = watching(0ms, all_event_kinds);
  report(here, event_kind::gap, "s");
  caf::anon_send(here.monitor, unwatch_node{who.session});
  report(here, event_kind::gap, "s");
  consume_messages();
  pass(100ms);
  CAF_CHECK(who.told->all.empty());
  CAF_CHECK_EQUAL(here.events_in_flight.load(), 0u);
}

CAF_TEST(a real connection is watched from its beginning to its end) {
  const auto who = watching(0ms, all_event_kinds);
  const auto one = let_in("s1");
  follow(one, "chat");
  caf::anon_send(one.actor, client_gone{"too_slow"});
  consume_messages();
  pass(100ms);
  CAF_CHECK_EQUAL(who.told->kinds(), (texts{"connected", "stream_created", "disconnected", "stream_retired"}));
}

CAF_TEST_FIXTURE_SCOPE_END()
