#define CAF_SUITE scenario_file

#include "apps/load/scenario/scenario_file.hpp"

#include <caf/test/unit_test.hpp>

#include "tests/apps_load/scenario_texts.hpp"

namespace {

using namespace ability::load;
using std::chrono::milliseconds;

template <class Step>
const Step& step_at(const scenario& plan, std::size_t group, std::size_t index) {
  return std::get<Step>(plan.clients.at(group).steps.at(index).what);
}

const auto* const whole = R"({
  "name": "all", "about": "All that there is.",
  "streams": {"news": "news", "rooms": {"name": "room/{n}", "count": 100}},
  "clients": [
    {"name": "followers", "count": 1000, "speaks": "fly_udp", "ramp": 0.5, "at_once": 7,
     "on_loss": {"reconnect": ["100ms", "1m"]},
     "steps": [
       {"connect": {}}, {"subscribe": {"to": "rooms", "pick": "random"}}, {"meet": "all are in"},
       {"expect": {"messages": 10, "within": "2s"}}, {"expect": {"text": "hello"}}, {"wait": "10s"},
       {"wait": ["0s", "2h"]}, {"stall": "5s"}, {"stall": {}}, {"reconnect": {"after": ["0s", "5s"]}},
       {"reconnect": {}}, {"disconnect": {}},
       {"repeat": {"times": 3, "steps": [{"repeat": {"for": "10s", "steps": [{"wait": "20ms"}]}}]}}]},
    {"name": "callers", "steps": [
       {"connect": {}}, {"subscribe": {"to": "news", "channel": {"channel": "Chat", "room": "{stream}"}}},
       {"perform": {"data": {"action": "speak", "text": "\u00e9"}}}]},
    {"name": "publisher", "steps": [
       {"meet": "all are in"},
       {"publish": {"to": "rooms", "pick": "each", "by": "redis", "rate": 0.25, "for": "10s", "bytes": 64,
                    "batch": 16}},
       {"publish": {"to": "news", "times": 5}}]}],
  "assert": {"lost": 0, "delivered": {"min": 1000}, "duplicates": {"min": 1, "max": 2}, "foreign": {"max": 3}},
  "grace": "0s", "limit": "2m"})";

}  // namespace

CAF_TEST(a scenario has all that its file says) {
  const auto read = parse_scenario(whole);
  CAF_REQUIRE(read.has_value());
  CAF_CHECK_EQUAL(read->name, "all");
  CAF_CHECK_EQUAL(read->about, "All that there is.");
  CAF_CHECK(read->grace == milliseconds{0});
  CAF_CHECK(read->limit == milliseconds{120'000});
  CAF_REQUIRE_EQUAL(read->streams.size(), 2u);
  CAF_CHECK_EQUAL(read->streams[0].pattern, "news");
  CAF_CHECK_EQUAL(read->streams[0].count, 1u);
  CAF_CHECK_EQUAL(read->streams[1].pattern, "room/{n}");
  CAF_CHECK_EQUAL(read->streams[1].count, 100u);
}

CAF_TEST(a group has all that its object says) {
  const auto read = parse_scenario(whole);
  CAF_REQUIRE(read.has_value());
  CAF_REQUIRE_EQUAL(read->clients.size(), 3u);
  const auto& group = read->clients[0];
  CAF_CHECK_EQUAL(group.name, "followers");
  CAF_CHECK_EQUAL(group.count, 1'000u);
  CAF_CHECK(group.speaks == transport::fly_udp);
  CAF_CHECK_EQUAL(group.ramp, 0.5);
  CAF_CHECK_EQUAL(group.at_once, 7u);
  CAF_CHECK(group.when_lost.reconnect);
  CAF_CHECK(group.when_lost.after.from == milliseconds{100});
  CAF_CHECK(group.when_lost.after.to == milliseconds{60'000});
  CAF_CHECK_EQUAL(group.steps.size(), 13u);
}

CAF_TEST(steps have all that their objects say) {
  const auto read = parse_scenario(whole);
  CAF_REQUIRE(read.has_value());
  step_at<connect_step>(*read, 0, 0);
  CAF_CHECK_EQUAL(step_at<subscribe_step>(*read, 0, 1).to.set, 1u);
  CAF_CHECK(step_at<subscribe_step>(*read, 0, 1).to.how == pick::random);
  CAF_CHECK_EQUAL(step_at<meet_step>(*read, 0, 2).name, "all are in");
  CAF_CHECK_EQUAL(step_at<expect_step>(*read, 0, 3).messages, 10u);
  CAF_CHECK(step_at<expect_step>(*read, 0, 3).within == milliseconds{2'000});
  CAF_CHECK_EQUAL(step_at<expect_step>(*read, 0, 4).text, "hello");
  CAF_CHECK(step_at<wait_step>(*read, 0, 5).lasting.from == milliseconds{10'000});
  CAF_CHECK(step_at<wait_step>(*read, 0, 5).lasting.to == milliseconds{10'000});
  CAF_CHECK(step_at<wait_step>(*read, 0, 6).lasting.from == milliseconds{0});
  CAF_CHECK(step_at<wait_step>(*read, 0, 6).lasting.to == milliseconds{7'200'000});
  CAF_CHECK(step_at<stall_step>(*read, 0, 7).lasting == milliseconds{5'000});
  CAF_CHECK(!step_at<stall_step>(*read, 0, 8).lasting);
  CAF_CHECK(step_at<reconnect_step>(*read, 0, 9).after.to == milliseconds{5'000});
  CAF_CHECK(step_at<reconnect_step>(*read, 0, 10).after.to == milliseconds{0});
  step_at<disconnect_step>(*read, 0, 11);
  const auto& repeat = step_at<repeat_step>(*read, 0, 12);
  CAF_CHECK(repeat.times == 3u);
  CAF_CHECK(!repeat.lasting);
  CAF_REQUIRE_EQUAL(repeat.steps.size(), 1u);
  const auto& inner = std::get<repeat_step>(repeat.steps[0].what);
  CAF_CHECK(!inner.times);
  CAF_CHECK(inner.lasting == milliseconds{10'000});
  CAF_CHECK_EQUAL(inner.steps.size(), 1u);
}

CAF_TEST(json of channels and actions is kept) {
  const auto read = parse_scenario(whole);
  CAF_REQUIRE(read.has_value());
  CAF_CHECK_EQUAL(step_at<subscribe_step>(*read, 1, 1).channel, R"({"channel":"Chat","room":"{stream}"})");
  CAF_CHECK_EQUAL(step_at<perform_step>(*read, 1, 2).data, "{\"action\":\"speak\",\"text\":\"\u00e9\"}");
}

CAF_TEST(publishing has all that its object says) {
  const auto read = parse_scenario(whole);
  CAF_REQUIRE(read.has_value());
  const auto& long_one = step_at<publish_step>(*read, 2, 1);
  CAF_CHECK(long_one.by == publish_by::redis);
  CAF_CHECK(long_one.to.how == pick::each);
  CAF_CHECK_EQUAL(long_one.at.per_second, 0.25);
  CAF_CHECK(!long_one.times);
  CAF_CHECK(long_one.lasting == milliseconds{10'000});
  CAF_CHECK_EQUAL(long_one.bytes, 64u);
  CAF_CHECK_EQUAL(long_one.batch, 16u);
  const auto& short_one = step_at<publish_step>(*read, 2, 2);
  CAF_CHECK(short_one.by == publish_by::http);
  CAF_CHECK(short_one.to.how == pick::own);
  CAF_CHECK_EQUAL(short_one.at.per_second, 0.0);
  CAF_CHECK(short_one.times == 5u);
  CAF_CHECK_EQUAL(short_one.bytes, 100u);
  CAF_CHECK_EQUAL(short_one.batch, 1u);
}

CAF_TEST(assertions have their bounds) {
  const auto read = parse_scenario(whole);
  CAF_REQUIRE(read.has_value());
  CAF_REQUIRE_EQUAL(read->assertions.size(), 4u);
  const auto is = [&](std::size_t index, tally what, std::uint64_t min, std::uint64_t max) {
    const auto& each = read->assertions[index];
    return each.what == what && each.min == min && each.max == max;
  };
  const auto none = std::numeric_limits<std::uint64_t>::max();
  CAF_CHECK(is(0, tally::delivered, 1'000, none));
  CAF_CHECK(is(1, tally::lost, 0, 0));
  CAF_CHECK(is(2, tally::duplicates, 1, 2));
  CAF_CHECK(is(3, tally::foreign, 0, 3));
}

CAF_TEST(without assertions nothing may be refused or lost and nobody may fail) {
  const std::string clients = R"("clients": [{"name": "y", "steps": [{"wait": "1s"}]}])";
  const auto read = parse_scenario(with(clients));
  CAF_REQUIRE(read.has_value());
  std::vector<tally> asserted;
  for (const auto& each : read->assertions) {
    CAF_CHECK_EQUAL(each.max, 0u);
    asserted.push_back(each.what);
  }
  CAF_CHECK(asserted == (std::vector{tally::refused, tally::lost, tally::failed_clients}));
  const auto nothing = parse_scenario(with(clients + R"(, "assert": {})"));
  CAF_REQUIRE(nothing.has_value());
  CAF_CHECK(nothing->assertions.empty());
}

CAF_TEST(what is not given is as in C++) {
  const auto read = parse_scenario(R"({"name": "x", "clients": [{"name": "y", "steps": [{"wait": "1"}]}]})");
  CAF_REQUIRE(read.has_value());
  const scenario plain;
  const client_group plain_group;
  CAF_CHECK(read->grace == plain.grace);
  CAF_CHECK(read->limit == plain.limit);
  const auto& group = read->clients.at(0);
  CAF_CHECK_EQUAL(group.count, 1u);
  CAF_CHECK(group.speaks == transport::action_cable);
  CAF_CHECK_EQUAL(group.ramp, 0.0);
  CAF_CHECK_EQUAL(group.at_once, plain_group.at_once);
  CAF_CHECK(!group.when_lost.reconnect);
  CAF_CHECK(step_at<wait_step>(*read, 0, 0).lasting.from == milliseconds{1'000});
}

CAF_TEST(what every publication method and transport is called) {
  for (const auto* name : {"action_cable", "action_cable_ext", "fly_tcp", "fly_tcp_ext", "fly_udp", "fly_udp_ext",
                           "fly_websocket", "fly_websocket_ext"}) {
    const auto read = parse_scenario(with_group(R"("steps": [{"wait": "1s"}], "speaks": ")" + std::string{name} + '"'));
    CAF_REQUIRE(read.has_value());
    CAF_CHECK_EQUAL(std::string{name_of(read->clients.at(0).speaks)}, name);
  }
  for (const auto* name : {"http", "redis", "fly"}) {
    const auto read =
        parse_scenario(with_steps(R"({"publish": {"to": "news", "times": 1, "by": ")" + std::string{name} + R"("}})"));
    CAF_REQUIRE(read.has_value());
    CAF_CHECK_EQUAL(std::string{name_of(step_at<publish_step>(*read, 0, 0).by)}, name);
  }
}
