#define CAF_SUITE monitor_history
// The monitor's answers about logs of streams and kept sessions.
#include "actors/sessions/messages.hpp"
#include "actors/stream/messages.hpp"
#include "tests/actors/support/fake_session_vault.hpp"
// last
#include "tests/actors/monitor/monitor_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

struct fixture : monitor_fixture {
  attached who = attach();

  fixture() {
    for (const auto& home : here.lanes) {
      home->settings.history = {.broker = history_broker::memory, .bounds = {.limit = 3, .ttl = 5s}};
      home->settings.sessions = {.ttl = 60s, .max_kept = 10, .max_bytes = 100'000};
    }
  }

  void publish_now(std::string_view stream, std::string_view data) {
    publish(stream, data);
    consume_messages();
  }

  void pass(std::chrono::milliseconds time) {
    advance_time(time);
    consume_messages();
  }

  json history(const std::string& stream, std::size_t limit = 100) {
    return ask(who, "history", json{{"name", stream}, {"limit", limit}}.dump());
  }

  void keep(const std::string& sid) {
    auto record = std::make_shared<session_record>();
    record->sid = sid;
    record->identity = "secret of " + sid;
    caf::anon_send(here.sessions_of(sid), keep_session{std::move(record)});
    consume_messages();
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(monitor_history_tests, fixture)

CAF_TEST(a log is told with its bounds and its last publications) {
  for (const auto* data : {"1", "22", "333", "4444"})
    publish_now("a", data);
  auto answer = history("a");
  CAF_CHECK(answer["position"]["offset"] == 4);
  CAF_CHECK_EQUAL(answer["position"]["epoch"].get<std::string>().size(), 16u);
  CAF_CHECK(answer["first"] == 2);
  CAF_CHECK(answer["kept"] == 3);
  CAF_CHECK(answer["limit"] == 3);
  CAF_CHECK(answer["ttl_s"] == 5.0);
  CAF_CHECK(answer["bytes"] > 9);
  CAF_REQUIRE_EQUAL(answer["publications"].size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto& one = answer["publications"][i];
    CAF_CHECK(one["offset"] == 2 + i);
    CAF_CHECK(one["bytes"] == 2 + i);
    CAF_CHECK(one["at_ms"].get<std::int64_t>() > 0);
  }
  answer = history("a", 1);
  CAF_REQUIRE_EQUAL(answer["publications"].size(), 1u);
  CAF_CHECK(answer["publications"][0]["offset"] == 4);
  CAF_CHECK(answer["kept"] == 3);
}

CAF_TEST(the facts of a stream hold those of its log) {
  publish_now("a", "1");
  publish_now("a", "2");
  const auto position = history("a")["position"];
  const auto one = ask(who, "stream", R"({"name":"a"})");
  const auto page = ask(who, "streams")["streams"][0];
  for (const auto& facts : {one, page}) {
    CAF_CHECK(facts["position"] == position);
    CAF_CHECK(facts["kept"] == 2);
    CAF_CHECK(facts["bytes"] == history("a")["bytes"]);
  }
}

CAF_TEST(of an idle stream the position is told as long as it is known) {
  publish_now("a", "1");
  const auto position = history("a")["position"];
  for (int i = 0; i < 8; ++i)
    pass(1s);
  CAF_CHECK_EQUAL(sum(&lane_counters::streams_closed), 1u);
  const auto answer = history("a");
  CAF_CHECK(answer["position"] == position);
  CAF_CHECK(answer["first"] == 2);
  CAF_CHECK(answer["kept"] == 0);
  CAF_CHECK(answer["bytes"] == 0);
  CAF_CHECK(answer["limit"] == 3);
  CAF_CHECK_EQUAL(answer["publications"].size(), 0u);
  CAF_CHECK(history("a")["position"] == position);  // asking changes nothing
  pass(25h);
  who = attach();  // a program that asks nothing for so long is dropped
  CAF_CHECK(
      failure(who, "history", R"({"name":"a"})").starts_with(R"(not_found: the stream "a" keeps no log on this)"));
}

CAF_TEST(a stream without a log has no history) {
  const std::string none = R"(not_found: the stream "b" keeps no log on this node)";
  for (const auto& home : here.lanes)
    home->settings.history.broker = history_broker::automatic;
  CAF_CHECK(failure(who, "history", R"({"name":"b"})").starts_with(none));
  follow(let_in("s1"), "b");
  publish_now("b", "1");
  CAF_CHECK(failure(who, "history", R"({"name":"b"})").starts_with(none));
}

CAF_TEST(a node without logs says so) {
  for (const auto& lane : here.lanes)
    lane->settings.history.broker = history_broker::none;
  home.settings.history.broker = history_broker::none;
  CAF_CHECK_EQUAL(failure(who, "history", R"({"name":"b"})"),
                  "not_allowed: no history is kept on this node: its broker is none, as in a cluster");
}

CAF_TEST(sessions are counted over all lanes and nothing else is told of them) {
  CAF_CHECK(ask(who, "sessions") == json::parse(R"({"sessions":0,"bytes":0,"max":10,"max_bytes":100000,"ttl_s":60,
                                                    "oldest_s":null,"newest_s":null,"shared":null})"));
  keep("s1");
  pass(20s);
  for (const auto* sid : {"s2", "s3", "s4", "s5"})
    keep(sid);
  pass(10s);
  const auto answer = text(who, "sessions");
  const auto read = json::parse(answer);
  CAF_CHECK(read["sessions"] == 5);
  CAF_CHECK(read["bytes"] > 5 * 100);
  CAF_CHECK(read["oldest_s"] == 30);
  CAF_CHECK(read["newest_s"] == 10);
  CAF_CHECK(read["shared"] == nullptr);
  CAF_CHECK_EQUAL(answer.find("secret"), std::string::npos);
  CAF_CHECK_EQUAL(answer.find("s1"), std::string::npos);
  pass(30s);
  CAF_CHECK(ask(who, "sessions")["sessions"] == 4);
}

CAF_TEST(shared sessions of all nodes are told beside those that are here) {
  auto& first = *here.lanes.front();
  const auto vault = std::make_shared<fake_session_vault>(first);
  first.vault = vault;
  for (const auto& home : here.lanes)
    home->settings.history.broker = history_broker::redis;
  for (const auto* sid : {"s1", "s2", "s3"})
    vault->kept[sid] = std::make_shared<session_record>();
  const auto look_after = [&] {
    caf::anon_send(first.sessions, vault_tick{});
    consume_messages();
  };
  vault->up = false;
  look_after();
  CAF_CHECK(ask(who, "sessions")["shared"] == nullptr);
  vault->up = true;
  look_after();
  const auto told = ask(who, "sessions");
  CAF_CHECK(told["shared"] == 3);
  CAF_CHECK(told["sessions"] == 0);
  first.settings.sessions.ttl = 0ms;
  CAF_CHECK(ask(who, "sessions")["shared"] == nullptr);
  first.vault = nullptr;
}

CAF_TEST(where no session is kept the bounds are 0) {
  for (const auto& home : here.lanes)
    home->settings.sessions.ttl = 0ms;
  CAF_CHECK(ask(who, "sessions") == json::parse(R"({"sessions":0,"bytes":0,"max":0,"max_bytes":0,"ttl_s":0,
                                                    "oldest_s":null,"newest_s":null,"shared":null})"));
}

CAF_TEST_FIXTURE_SCOPE_END()
