#define CAF_SUITE monitor_answers
#include "protocol/monitor/answers.hpp"

#include <limits>
#include <nlohmann/json.hpp>

#include "caf/test/unit_test.hpp"
#include "protocol/json/json_text.hpp"
#include "protocol/json/json_writer.hpp"
#include "protocol/monitor/feeds.hpp"
#include "protocol/monitor/history_answers.hpp"
#include "protocol/monitor/presence_answer.hpp"
#include "protocol/monitor/record_answers.hpp"
#include "protocol/text/utf8.hpp"

using namespace ability;
using nlohmann::json;

namespace {

const std::string controls(1'000'000, '\x01');  // each takes six bytes in JSON

bool is_json(std::string_view text) { return validate_json(text).has_value(); }

status_report a_status() {
  return {.name = "a",
          .uuid = "0f",
          .address = "h:1",
          .version = "1.2",
          .pid = 7,
          .started_ms = 1'700'000'000'123,
          .uptime_s = 12.5,
          .state = "running",
          .lanes = 2,
          .connections = 3,
          .streams = 4,
          .pending_broadcasts = 5,
          .cluster_nodes = 6,
          .redis = "off",
          .app_server = "ok",
          .counters = {{"client_msg", 10}, {"data_sent", std::numeric_limits<std::uint64_t>::max()}},
          .latency = {.p50_ms = 0.05, .p90_ms = 1, .p99_ms = 2.3456}};
}

}  // namespace

CAF_TEST(numbers have at most three digits behind the point) {
  std::string text;
  json_writer out{text};
  out.open('[');
  for (const auto number : {0.0, 1.0, 100.0, 0.5, 0.0004, 1.2345, -3.25, 1e15, std::numeric_limits<double>::infinity(),
                            std::numeric_limits<double>::quiet_NaN()})
    out.value(number);
  out.value(std::numeric_limits<double>::max()).close(']');
  CAF_CHECK(text.starts_with("[0,1,100,0.5,0,1.234,-3.25,1000000000000000,null,null,17976"));
  CAF_CHECK(is_json(text));
}

CAF_TEST(a failure says what and why) {
  CAF_CHECK_EQUAL(encode_failure(monitor_error::not_found, "there is no \"x\""),
                  R"({"error":{"code":"not_found","message":"there is no \"x\""}})");
  for (const auto& [code, name] : {std::pair{monitor_error::unknown_verb, "unknown_verb"},
                                   {monitor_error::bad_arguments, "bad_arguments"},
                                   {monitor_error::login_required, "login_required"},
                                   {monitor_error::wrong_secret, "wrong_secret"},
                                   {monitor_error::not_allowed, "not_allowed"},
                                   {monitor_error::busy, "busy"}})
    CAF_CHECK(json::parse(encode_failure(code, ""))["error"]["code"] == name);
}

CAF_TEST(a status has all that was agreed on) {
  CAF_CHECK_EQUAL(
      encode_status(a_status()),
      R"({"node":{"name":"a","uuid":"0f","address":"h:1","version":"1.2","pid":7,"started_ms":1700000000123,)"
      R"("uptime_s":12.5},"state":"running","lanes":2,"connections":3,"streams":4,"pending_broadcasts":5,)"
      R"("cluster":{"nodes":6},"redis":"off","app_server":"ok",)"
      R"("counters":{"client_msg":10,"data_sent":18446744073709551615},)"
      R"("latency":{"p50_ms":0.05,"p90_ms":1,"p99_ms":2.346}})");
  auto alone = a_status();
  alone.cluster_nodes.reset();
  alone.latency = {};
  const auto told = json::parse(encode_status(alone));
  CAF_CHECK(told["cluster"].is_null());
  CAF_CHECK(told["latency"] == json::parse(R"({"p50_ms":null,"p90_ms":null,"p99_ms":null})"));
}

CAF_TEST(nodes have all that was agreed on) {
  const auto text = encode_nodes({{.name = "a",
                                   .uuid = "0f",
                                   .address = "h:1",
                                   .state = "up",
                                   .since_s = 1.5,
                                   .dialled_by_us = true,
                                   .streams = 1,
                                   .sent = 2,
                                   .received = 3,
                                   .bytes_sent = 4,
                                   .bytes_received = 5,
                                   .waiting_bytes = 6,
                                   .lost = 7,
                                   .round_trip_ms = 0.25},
                                  {}});
  CAF_CHECK(text.starts_with(
      R"({"nodes":[{"name":"a","uuid":"0f","address":"h:1","state":"up","since_s":1.5,"dialled_by_us":true,)"
      R"("streams":1,"sent":2,"received":3,"bytes_sent":4,"bytes_received":5,"waiting_bytes":6,"lost":7,)"
      R"("round_trip_ms":0.25},{)"));
  CAF_CHECK(text.ends_with(R"("round_trip_ms":null}]})"));
  CAF_CHECK(is_json(text));
}

CAF_TEST(short answers are as agreed on) {
  CAF_CHECK_EQUAL(encode_login(true, false), R"({"may_read":true,"may_command":false})");
  CAF_CHECK_EQUAL(encode_watching(true), R"({"watching":true})");
  CAF_CHECK_EQUAL(encode_disconnected(2), R"({"disconnected":2})");
  CAF_CHECK_EQUAL(encode_ordered(), R"({"ordered":true})");
  CAF_CHECK_EQUAL(encode_draining(5), R"({"draining":true,"connections":5})");
  CAF_CHECK_EQUAL(encode_log_level("debug", "info"), R"({"level":"debug","was":"info"})");
}

CAF_TEST(a page holds its lines and a cursor) {
  page_writer page{"connections"};
  CAF_CHECK(page.add(connection_line{"s1", R"({"sid":"s1"})", "websocket", 1.25, 2}));
  CAF_CHECK(page.add(connection_line{"s2", "\xff", "flyrpc_udp", 0, 0}));
  CAF_CHECK_EQUAL(page.lines(), 2u);
  CAF_CHECK_EQUAL(std::move(page).finish("s2", 9),
                  R"({"connections":[{"id":"s1","identity":"{\"sid\":\"s1\"}","transport":"websocket",)"
                  R"("connected_s":1.25,"subscriptions":2},{"id":"s2","identity":")"
                  "\uFFFD"
                  R"(","transport":"flyrpc_udp","connected_s":0,"subscriptions":0}],"next":"s2","total":9})");
  CAF_CHECK_EQUAL(page_writer{"streams"}.finish("", 0), R"({"streams":[],"next":null,"total":0})");
  page_writer streams{"streams"};
  CAF_CHECK(streams.add(stream_line{"chat", 3, 1, 20}));
  CAF_CHECK_EQUAL(
      std::move(streams).finish("", 1),
      R"({"streams":[{"name":"chat","subscribers":3,"gaps":1,"lost":20,"position":null,"kept":0,"bytes":0}],)"
      R"("next":null,"total":1})");
}

CAF_TEST(a page takes no line that would make it too long but always its first) {
  page_writer page{"connections"};
  const connection_line long_one{"s", controls, "websocket", 0, 0};
  CAF_CHECK(page.add(long_one));
  CAF_CHECK(page.add(long_one));
  CAF_CHECK(!page.add(long_one));
  CAF_CHECK(page.add(connection_line{"s", "short", "websocket", 0, 0}));
  const auto text = std::move(page).finish("s", 1);
  CAF_CHECK_LESS(text.size(), max_answer_size + 200);
  CAF_CHECK(is_json(text));
  page_writer alone{"connections"};
  CAF_CHECK(alone.add(connection_line{controls, controls, "websocket", 0, 0}));
  CAF_CHECK_LESS(std::move(alone).finish("", 1).size(), max_answer_size);
}

CAF_TEST(what is too long to be shown is cut between characters) {
  const std::string text(max_shown - 1, 'x');
  CAF_CHECK(shown(text + "y") == text + "y");
  CAF_CHECK(shown(text + "\u00e9") == text + "\u2026");
}

CAF_TEST(a connection has its subscriptions) {
  CAF_CHECK_EQUAL(encode_connection({"s1", "me", "websocket", 2, 2}, {{"i", {"a", "b"}}, {"j", {}}}),
                  R"({"id":"s1","identity":"me","transport":"websocket","connected_s":2,)"
                  R"("subscriptions":[{"identifier":"i","streams":["a","b"]},{"identifier":"j","streams":[]}]})");
}

CAF_TEST(a cursor stands behind its name and is of a size that a question may have) {
  for (const auto* name : {"", "chat", "\u00e9"})
    CAF_CHECK(cursor_behind(name) == name);
  const std::string usual(8'192, 'x');
  CAF_CHECK(cursor_behind(usual) == usual);
  for (const std::string character : {"x", "\1", "\u00e9", "\U0001f600"}) {
    std::string name;
    while (name.size() < 100'000)
      name += character;
    const auto cursor = cursor_behind(name);
    CAF_CHECK(cursor >= name);
    CAF_CHECK(is_utf8(cursor));
    CAF_CHECK(cursor < name.substr(0, 8'188) + "\U0010ffff\U0010ffff");
    std::string json;
    json_writer{json}.value(cursor);
    CAF_CHECK_LESS(json.size(), 50'000u);
  }
}

CAF_TEST(a connection that has too much to be shown is cut and says so) {
  const auto cut = [](std::size_t count, const std::vector<subscription_line>& lines) {
    const auto text = encode_connection({"s1", controls, "websocket", 2, count}, lines);
    CAF_CHECK_LESS(text.size(), max_answer_size + 100);
    CAF_CHECK(is_json(text));
    return json::parse(text);
  };
  const auto many = cut(1'000, std::vector<subscription_line>(1'000, {std::string(10'000, 'i'), {"a"}}));
  CAF_CHECK(many["more"] == true);
  CAF_CHECK_GREATER(many["subscriptions"].size(), 20u);
  const auto streams = cut(1, {{"i", std::vector<std::string>(1'000, std::string(10'000, 's'))}});
  CAF_CHECK(streams["more"] == true);
  CAF_CHECK_GREATER(streams["subscriptions"][0]["streams"].size(), 20u);
  CAF_CHECK(cut(3, {{"i", {}}})["more"] == true);
  CAF_CHECK(!cut(1, {{"i", {}}}).contains("more"));
}

CAF_TEST(a stream has its members) {
  CAF_CHECK_EQUAL(
      encode_presence({"room", 3, 4, {{"7", R"({ "name":"Ada"})", 2, 1}, {"me", "", 1, 0}}}),
      R"({"name":"room","total":3,"sessions":4,"members":[{"id":"7","sessions":2,"away":1,"info":{ "name":"Ada"}},)"
      R"({"id":"me","sessions":1,"away":0}],"more":true})");
  CAF_CHECK_EQUAL(
      encode_presence({"room", 1, 1, {{"a", R"(")" + std::string(max_shown, 'x') + '"', 1, 0}}}),
      R"({"name":"room","total":1,"sessions":1,"members":[{"id":"a","sessions":1,"away":0}],"more":false})");
  const presence_report large{
      "room", 100, 100, std::vector<presence_report::member>(100, {"a", '"' + std::string(60'000, 'x') + '"', 1, 0})};
  const auto cut = nlohmann::json::parse(encode_presence(large));
  CAF_CHECK_EQUAL(cut["members"].size(), 14u);
  CAF_CHECK(cut["more"] == true);
}

CAF_TEST(a stream has its followers) {
  CAF_CHECK_EQUAL(encode_stream({"chat", 3, 1, 20, stream_position{255, 7}, 5, 600}, {"s1", "s2"}, true),
                  R"({"name":"chat","subscribers":3,"gaps":1,"lost":20,)"
                  R"("position":{"epoch":"00000000000000ff","offset":7},"kept":5,"bytes":600,)"
                  R"("connections":["s1","s2"],"more":true})");
}

CAF_TEST(a log has its bounds and its last publications) {
  CAF_CHECK_EQUAL(encode_history({.name = "chat",
                                  .position = {~std::uint64_t{0}, 7},
                                  .kept = 5,
                                  .bytes = 600,
                                  .limit = 100,
                                  .ttl_s = 1.5,
                                  .publications = {{6, 1'700'000'000'123, 10}, {7, 1'700'000'000'124, 0}}}),
                  R"({"name":"chat","position":{"epoch":"ffffffffffffffff","offset":7},"first":3,"kept":5,"bytes":600,)"
                  R"("limit":100,"ttl_s":1.5,"publications":[{"offset":6,"at_ms":1700000000123,"bytes":10},)"
                  R"({"offset":7,"at_ms":1700000000124,"bytes":0}]})");
  CAF_CHECK_EQUAL(encode_history({.name = "\xff", .position = {1, 0}, .bytes = 0}),
                  "{\"name\":\"\uFFFD\""
                  R"(,"position":{"epoch":"0000000000000001","offset":0},"first":1,"kept":0,"bytes":0,)"
                  R"("limit":0,"ttl_s":0,"publications":[]})");
}

CAF_TEST(sessions are counted) {
  CAF_CHECK_EQUAL(encode_sessions({.sessions = 2,
                                   .bytes = 3'000,
                                   .max = 10,
                                   .max_bytes = 65'536,
                                   .ttl_s = 300,
                                   .oldest_s = 12.5,
                                   .newest_s = 1,
                                   .shared = 20}),
                  R"({"sessions":2,"bytes":3000,"max":10,"max_bytes":65536,"ttl_s":300,"oldest_s":12.5,"newest_s":1,)"
                  R"("shared":20})");
  CAF_CHECK_EQUAL(encode_sessions({}), R"({"sessions":0,"bytes":0,"max":0,"max_bytes":0,"ttl_s":0,)"
                                       R"("oldest_s":null,"newest_s":null,"shared":null})");
}

CAF_TEST(a snapshot has all that was agreed on) {
  CAF_CHECK_EQUAL(encode_snapshot({.at_ms = 1'700'000'000'123,
                                   .interval_s = 1.001,
                                   .node = "a",
                                   .connections = 1,
                                   .streams = 2,
                                   .pending_broadcasts = 3,
                                   .counters = {{"client_msg", 4}},
                                   .rates = {1, 2, 3, 4, 5, 6, 7.5},
                                   .latency = {.p50_ms = 1, .p90_ms = 2, .p99_ms = 3},
                                   .cpu_s = 0.25,
                                   .rss_bytes = 1'024}),
                  R"({"at_ms":1700000000123,"interval_s":1.001,"node":"a","connections":1,"streams":2,)"
                  R"("pending_broadcasts":3,"counters":{"client_msg":4},"rates":{"connects":1,"disconnects":2,)"
                  R"("messages_in":3,"broadcasts":4,"deliveries":5,"bytes_in":6,"bytes_out":7.5},)"
                  R"("latency":{"p50_ms":1,"p90_ms":2,"p99_ms":3},"cpu_s":0.25,"rss_bytes":1024})");
}

CAF_TEST(events have all that was agreed on) {
  const auto first = encode_event(event_kind::connected, 1, "s1", "me");
  const auto second = encode_event(event_kind::gap, 2, "chat\n", "");
  CAF_CHECK_EQUAL(encode_events(3, "a", 4, {first, second}),
                  R"({"at_ms":3,"node":"a","dropped":4,"events":[)"
                  R"({"kind":"connected","at_ms":1,"subject":"s1","detail":"me"},)"
                  R"({"kind":"gap","at_ms":2,"subject":"chat\n","detail":""}]})");
}

CAF_TEST(kinds of events have the names that were agreed on) {
  for (const auto& [kind, name] : {std::pair{event_kind::connected, "connected"},
                                   {event_kind::disconnected, "disconnected"},
                                   {event_kind::stream_created, "stream_created"},
                                   {event_kind::stream_retired, "stream_retired"},
                                   {event_kind::node_joined, "node_joined"},
                                   {event_kind::node_left, "node_left"},
                                   {event_kind::slow_consumer, "slow_consumer"},
                                   {event_kind::redis, "redis"},
                                   {event_kind::app_server, "app_server"},
                                   {event_kind::gap, "gap"}})
    CAF_CHECK(name_of(kind) == name);
}
