// Mistakes that concern a scenario as a whole.
#define CAF_SUITE scenario_check

#include "apps/load/scenario/scenario_check.hpp"

#include <caf/test/unit_test.hpp>

#include "tests/apps_load/scenario_texts.hpp"

using namespace ability::load;

namespace {

void check_streams(const std::string& streams, const std::string& mistake) {
  check_mistake(with(R"("streams": )" + streams + R"(, "clients": [{"name": "y", "steps": [{"wait": "1s"}]}])"),
                mistake);
}

}  // namespace

CAF_TEST(several streams have several names) {
  check_streams(R"({"s": {"name": "a", "count": 2}})", "streams.s: must have {n} in its name, as there are 2");
  check_streams(R"({"s": {"name": "{n}/{n}", "count": 2}})", "streams.s: must have {n} once in its name");
  check_streams(R"({"s": {"name": "a", "count": 1}, "t": "a{n}"})", "");
}

CAF_TEST(no stream is in two sets) {
  check_streams(R"({"a": "news", "b": "news"})", R"(streams.b: has the stream "news", which streams.a has, too)");
  check_streams(R"({"a": {"name": "r/{n}", "count": 10}, "b": "r/9"})",
                R"(streams.b: has the stream "r/9", which streams.a has, too)");
  check_streams(R"({"a": "r/9", "b": {"name": "r/{n}", "count": 10}})",
                R"(streams.b: has the stream "r/9", which streams.a has, too)");
  check_streams(R"({"a": {"name": "r{n}", "count": 12}, "b": {"name": "r1{n}", "count": 9}})",
                R"(streams.b: has the stream "r10", which streams.a has, too)");
  check_streams(
      R"({"a": {"name": "r/{n}", "count": 10}, "b": "r/10", "c": "r/09", "d": "r/", "e": "r/x", "f": "xr/1"})", "");
  check_streams(R"({"a": {"name": "{n}a", "count": 10}, "b": {"name": "{n}b", "count": 10}})", "");
}

CAF_TEST(groups have different names) {
  check_mistake(
      with(R"("clients": [{"name": "y", "steps": [{"wait": "1s"}]}, {"name": "y", "steps": [{"wait": "1s"}]}])"),
      "clients[1].name: is that of clients[0], too");
}

CAF_TEST(some steps need a connection) {
  const std::string sentence = R"(: needs a connection: {"connect": {}} must come before it)";
  for (const std::string name : {"subscribe", "perform", "expect", "stall", "disconnect", "reconnect"}) {
    const std::string step = name == "subscribe" ? R"({"subscribe": {"to": "news"}})"
                             : name == "perform" ? R"({"perform": {"data": {}}})"
                             : name == "expect"  ? R"({"expect": {"messages": 1}})"
                                                 : std::string{"{\""}.append(name).append("\": {}}");
    const auto mistake = name + sentence;
    check_mistake(with_steps(step), "clients[0].steps[0]." + mistake);
    check_mistake(with_steps(R"({"connect": {}}, {"disconnect": {}}, )" + step), "clients[0].steps[2]." + mistake);
    if (name != "perform")
      check_mistake(with_steps(R"({"connect": {}}, )" + step), "");
  }
  check_mistake(with_steps(R"({"publish": {"to": "news", "times": 1}})"), "");
}

CAF_TEST(a client connects once at a time) {
  check_mistake(with_steps(R"({"connect": {}}, {"connect": {}})"),
                "clients[0].steps[1].connect: comes while the client is connected already");
  check_mistake(with_steps(R"({"connect": {}}, {"disconnect": {}}, {"connect": {}})"), "");
}

CAF_TEST(the second round of a repetition begins as the first one ended) {
  check_mistake(with_steps(R"({"repeat": {"times": 2, "steps": [{"connect": {}}]}})"),
                "clients[0].steps[0].repeat.steps[0].connect: comes while the client is connected already");
  check_mistake(with_steps(R"({"repeat": {"times": 1, "steps": [{"connect": {}}]}})"), "");
  check_mistake(with_steps(R"({"repeat": {"for": "9s", "steps": [{"connect": {}}, {"disconnect": {}}]}})"), "");
  check_mistake(
      with_steps(R"({"connect": {}}, {"repeat": {"for": "9s", "steps": [{"stall": "1s"}, {"disconnect": {}}]}})"),
      "clients[0].steps[1].repeat.steps[0].stall: needs a connection: {\"connect\": {}} must come before it");
}

CAF_TEST(actions need a subscription) {
  check_mistake(with_steps(R"({"connect": {}}, {"perform": {"data": {}}})"),
                "clients[0].steps[1].perform: needs a subscription: a subscribe must come before it");
  check_mistake(with_steps(R"({"connect": {}}, {"subscribe": {"to": "news"}}, {"reconnect": {}},
                              {"perform": {"data": {}}})"),
                "");
}

CAF_TEST(channels of an application are of Action Cable) {
  for (const std::string speaks :
       {"fly_tcp", "fly_tcp_ext", "fly_udp", "fly_udp_ext", "fly_websocket", "fly_websocket_ext"}) {
    const auto group = R"("speaks": ")" + speaks + R"(", "steps": [{"connect": {}}, {"subscribe": {"to": "news")";
    check_mistake(with_group(group + R"(, "channel": {"channel": "Chat"}}}])"),
                  "clients[0].steps[1].subscribe.channel: names a channel of an application, but these clients speak " +
                      speaks + ", which has none");
    check_mistake(with_group(group + R"(}}, {"perform": {"data": {}}}])"),
                  "clients[0].steps[2].perform: needs a channel of an application, but these clients speak " + speaks +
                      ", which has none");
    check_mistake(with_group(group + "}}]"), "");
  }
}

CAF_TEST(subscriptions of a connection can be numbered) {
  const auto following = [](const std::string& count, const std::string& pick) {
    return with(R"("streams": {"s": {"name": "{n}", "count": )" + count +
                R"(}}, "clients": [{"name": "y", "steps": [)" +
                R"({"connect": {}}, {"subscribe": {"to": "s", "pick": ")" + pick + R"("}}]}])");
  };
  check_mistake(following("65536", "each"),
                "clients[0].steps[1].subscribe.pick: takes 65536 streams, but a connection has room for 65535");
  check_mistake(following("65535", "each"), "");
  check_mistake(following("65536", "own"), "");
}

CAF_TEST(a meeting takes two) {
  const std::string alone = R"({"name": "a", "steps": [{"meet": "m"}, {"wait": "1s"}, {"meet": "m"}]})";
  check_mistake(with(R"("clients": [)" + alone + "]"),
                R"(clients[0].steps[0].meet: is a meeting of one client: nobody else has a meet "m")");
  check_mistake(with(R"("clients": [)" + alone + R"(, {"name": "b", "steps": [{"meet": "n"}, {"meet": "m"}]}])"),
                R"(clients[1].steps[0].meet: is a meeting of one client: nobody else has a meet "n")");
  check_mistake(with(R"("clients": [)" + alone + R"(, {"name": "b", "steps": [{"meet": "m"}]}])"), "");
  check_mistake(with_steps(R"({"meet": "m"})"), "");
  check_mistake(with_steps(R"({"meet": "m"}, {"repeat": {"times": 2, "steps": [{"meet": "m"}, {"wait": "1s"}]}})"),
                "clients[0].steps[1].repeat.steps[0].meet: stands in a repetition, but clients meet once");
}

CAF_TEST(a repetition for a time takes time) {
  const auto repeating = [](const std::string& steps) {
    return with_steps(R"({"connect": {}}, {"subscribe": {"to": "news"}}, {"repeat": {"for": "1s", "steps": [)" + steps +
                      "]}}");
  };
  for (const auto* steps : {R"({"perform": {"data": {}}})", R"({"wait": "0s"})", R"({"stall": {}})",
                            R"({"repeat": {"times": 2, "steps": [{"wait": "0s"}]}})"})
    check_mistake(repeating(steps), "clients[0].steps[2].repeat: would go round in no time: a wait is missing");
  for (const auto* steps : {R"({"publish": {"to": "news", "times": 1}})", R"({"wait": ["0s", "1ms"]})",
                            R"({"reconnect": {}})", R"({"repeat": {"times": 2, "steps": [{"wait": "1s"}]}})"})
    check_mistake(repeating(steps), "");
  check_mistake(with_steps(R"({"repeat": {"times": 5, "steps": [{"wait": "0s"}]}})"), "");
}

CAF_TEST(repetitions stand in one another to a bound) {
  const auto nested = [](std::size_t depth) {
    std::string begin;
    std::string end;
    for (std::size_t i = 0; i < depth; ++i) {
      begin += R"({"repeat": {"times": 2, "steps": [)";
      end += "]}}";
    }
    return with_steps(begin.append(R"({"wait": "1s"})").append(end));
  };
  check_mistake(nested(8), "");
  CAF_CHECK(mistake_in(nested(9)).ends_with(".repeat: stands in 8 repetitions already"));
}

CAF_TEST(a scenario in code is checked the same way) {
  scenario plan;
  plan.clients.push_back({.name = "y", .when_lost = {}, .steps = {{connect_step{}}, {connect_step{}}}});
  const auto wrong = check(plan);
  CAF_REQUIRE(wrong.has_value());
  CAF_CHECK_EQUAL(wrong->path, "clients[0].steps[1].connect");
  plan.clients[0].steps.pop_back();
  CAF_CHECK(!check(plan));
}
