// One sentence for each mistake, with the path to it.
#define CAF_SUITE wrong_scenario

#include <caf/test/unit_test.hpp>
#include <string>

#include "tests/apps_load/scenario_texts.hpp"

using namespace ability::load;

namespace {

const std::string a_wait = R"("steps": [{"wait": "1s"}])";
const std::string some_clients = R"("clients": [{"name": "y", )" + a_wait + "}]";

/// Publishes to `news` with `members`.
std::string publishing(const std::string& members) {
  return with_steps(R"({"publish": {"to": "news", )" + members + "}}");
}

}  // namespace

CAF_TEST(text that is no JSON) {
  check_mistake("", "line 1, column 1: is no JSON: there is no text");
  check_mistake("{\n  \"name\": \"x\",\n  oops\n}", "line 3, column 3: is no JSON: invalid literal");
  check_mistake("{\"name\": \"x\"}\n}", "line 2, column 1: is no JSON: unexpected '}'; expected end of input");
  check_mistake("{\"name\": \"\xff\"}", "line 1, column 11: is no JSON: invalid string: ill-formed UTF-8 byte");
  check_mistake(std::string{"{\"name\": \"x\"}\n\0", 15}, "line 2, column 1: is no JSON: there is a NUL");
  check_mistake(R"({"name": 1e999})", "holds a number that is out of range");
  check_mistake(std::string(200, '['), "is nested deeper than 128");
}

CAF_TEST(keys that are given twice) {
  check_mistake(R"({"name": "x", "name": "x"})", "name: is given twice");
  check_mistake(with_steps(R"({"wait": "1s"}, {"publish": {"to": "news", "rate": 1, "rate": 2}})"),
                "clients[0].steps[1].publish.rate: is given twice");
}

CAF_TEST(keys that are unknown) {
  check_mistake(with(some_clients + R"(, "asert": {})"),
                "asert: is no key (did you mean assert?); there are name, about, streams, clients, assert, grace and "
                "limit");
  check_mistake(with_group(R"("cuont": 1, )" + a_wait),
                "clients[0].cuont: is no key (did you mean count?); there are name, count, speaks, ramp, at_once, "
                "on_loss and steps");
  check_mistake(
      with_steps(R"({"publsh": {}})"),
      "clients[0].steps[0].publsh: is no step (did you mean publish?); there are connect, subscribe, perform, "
      "publish, expect, wait, meet, stall, disconnect, reconnect and repeat");
  check_mistake(with_steps(R"({"connect": {"to": "news"}})"),
                "clients[0].steps[0].connect.to: is no key; there is none here");
  check_mistake(with_steps(R"({"connect": {}}, {"reconnect": {"aftr": "1s"}})"),
                "clients[0].steps[1].reconnect.aftr: is no key (did you mean after?); there is only after");
  check_mistake(with(some_clients + R"(, "a\nb": 1)"),
                R"(["a\nb"]: is no key; there are name, about, streams, clients, assert, grace and limit)");
}

CAF_TEST(keys that are missing) {
  check_mistake("{}", "name: is missing: a text");
  check_mistake(R"({"name": "x"})", "clients: is missing: an array of groups of clients");
  check_mistake(with(R"("clients": [{}])"), "clients[0].name: is missing: a text");
  check_mistake(with_group(R"("count": 1)"), "clients[0].steps: is missing: an array of steps");
  check_mistake(with_steps(R"({"subscribe": {}})"),
                "clients[0].steps[0].subscribe.to: is missing: the name of a set of streams");
  check_mistake(with_steps(R"({"repeat": {"times": 1}})"),
                "clients[0].steps[0].repeat.steps: is missing: an array of steps");
  check_mistake(with_steps(R"({"perform": {}})"),
                "clients[0].steps[0].perform.data: is missing: an object, as the client library would send it");
  check_mistake(with_steps(R"({"subscribe": {"to": "news", "channel": {}}})"),
                "clients[0].steps[0].subscribe.channel.channel: is missing: the name of a channel of the application");
  check_mistake(with(R"("streams": {"s": {}}, )" + some_clients),
                "streams.s.name: is missing: a text, in which {n} is a number");
  check_mistake(with_group(R"("on_loss": {}, )" + a_wait),
                "clients[0].on_loss.reconnect: is missing: a time, or an array of two to draw from");
}

CAF_TEST(values of the wrong type) {
  check_mistake("[]", "must be an object, but is an empty array");
  check_mistake(R"({"name": 5})", "name: must be a text of 1 to 64 bytes without control characters, but is 5");
  check_mistake(with(R"("clients": {})"), "clients: must be an array that is not empty, but is an object");
  check_mistake(with(R"("clients": [])"), "clients: must be an array that is not empty, but is an empty array");
  check_mistake(with_group(R"("count": "many", )" + a_wait),
                R"(clients[0].count: must be a whole number from 1 to 1000000, but is "many")");
  check_mistake(with_steps(R"("connect")"),
                R"(clients[0].steps[0]: must be an object, like {"wait": "10s"}, but is "connect")");
  check_mistake(with_steps(R"({"connect": null})"), "clients[0].steps[0].connect: must be an object, but is null");
  check_mistake(with_steps(R"({"perform": {"data": "speak"}})"),
                R"(clients[0].steps[0].perform.data: must be an object, but is "speak")");
  check_mistake(with(R"("streams": {"s": 5}, )" + some_clients),
                "streams.s: must be the name of a stream, or an object, but is 5");
  check_mistake(with(some_clients + R"(, "assert": {"lost": true})"),
                "assert.lost: must be a whole number from 0 to 18446744073709551615, but is true");
}

CAF_TEST(values that are out of range) {
  check_mistake(with_group(R"("count": 0, )" + a_wait),
                "clients[0].count: must be a whole number from 1 to 1000000, but is 0");
  check_mistake(with_group(R"("count": 1.5, )" + a_wait),
                "clients[0].count: must be a whole number from 1 to 1000000, but is 1.5");
  check_mistake(with_group(R"("ramp": -1, )" + a_wait),
                "clients[0].ramp: must be a number from 0.0001 to 1000000, but is -1");
  check_mistake(with_group(R"("at_once": 0, )" + a_wait),
                "clients[0].at_once: must be a whole number from 1 to 1000000, but is 0");
  check_mistake(publishing(R"("times": 1, "rate": 0)"),
                "clients[0].steps[0].publish.rate: must be a number from 0.0001 to 1000000, but is 0");
  check_mistake(publishing(R"("times": 1, "rate": 1e-300)"),
                "clients[0].steps[0].publish.rate: must be a number from 0.0001 to 1000000, but is 1e-300");
  check_mistake(publishing(R"("times": 0)"),
                "clients[0].steps[0].publish.times: must be a whole number from 1 to 1000000000, but is 0");
  check_mistake(publishing(R"("times": 1, "bytes": 63)"),
                "clients[0].steps[0].publish.bytes: must be a whole number from 64 to 1000000, but is 63");
  check_mistake(publishing(R"("times": 1, "batch": 0)"),
                "clients[0].steps[0].publish.batch: must be a whole number from 1 to 10000, but is 0");
  check_mistake(with(R"("streams": {"s": {"name": "a{n}", "count": 100001}}, )" + some_clients),
                "streams.s.count: must be a whole number from 1 to 100000, but is 100001");
  check_mistake(with(some_clients + R"(, "assert": {"lost": {"min": 2, "max": 1}})"),
                "assert.lost.max: must be a whole number from 2 to 18446744073709551615, but is 1");
}

CAF_TEST(words that are not among those allowed) {
  check_mistake(
      with_group(R"("speaks": "fly_tpc", )" + a_wait),
      "clients[0].speaks: must be action_cable, action_cable_ext, fly_tcp, fly_tcp_ext, fly_udp, fly_udp_ext, "
      "fly_websocket or fly_websocket_ext, but is \"fly_tpc\" (did you mean fly_tcp?)");
  check_mistake(publishing(R"("times": 1, "by": "post")"),
                R"(clients[0].steps[0].publish.by: must be http, redis or fly, but is "post")");
  check_mistake(publishing(R"("times": 1, "pick": 1)"),
                "clients[0].steps[0].publish.pick: must be own, random or each, but is 1");
  check_mistake(with(some_clients + R"(, "assert": {"lots": 0})"),
                "assert.lots: is no key (did you mean lost?); there are connected, connect_failures, disconnects, "
                "subscribed, rejected, resumed, resume_refused, performed, published, refused, delivered, lost, "
                "missed, duplicates, out_of_order, "
                "foreign, unmet and failed_clients");
}

CAF_TEST(times that are none) {
  for (const std::string time : {"\"\"", "\"5 s\"", "\"1.5s\"", "\"2d\"", "\"25h\"", "5", "null"}) {
    const auto found = mistake_in(with_steps(R"({"wait": )" + time + '}'));
    const auto expected =
        R"(clients[0].steps[0].wait: must be a time of at most 24h, like "500ms", "10s", "5m" or "1h", but is )" + time;
    CAF_CHECK_EQUAL(found, expected);
  }
  check_mistake(with_steps(R"({"wait": ["2s", "1s"]})"), "clients[0].steps[0].wait: must have the shorter time first");
  check_mistake(with_steps(R"({"wait": ["2s"]})"),
                "clients[0].steps[0].wait: must be a time, or an array of two to draw from, but has 1");
  check_mistake(with_steps(R"({"wait": ["2s", 5]})"),
                R"(clients[0].steps[0].wait[1]: must be a time of at most 24h, like "500ms", "10s", "5m" or "1h", but )"
                "is 5");
  check_mistake(with(some_clients + R"(, "limit": "0s")"),
                R"(limit: must be a time above 0 and at most 24h, like "500ms", "10s", "5m" or "1h", but is "0s")");
}

CAF_TEST(one of two keys is given) {
  check_mistake(publishing(R"("rate": 1)"), R"(clients[0].steps[0].publish: must have "times" or "for")");
  check_mistake(publishing(R"("times": 1, "for": "1s")"),
                "clients[0].steps[0].publish: has both times and for, but must have one of them");
  check_mistake(with_steps(R"({"repeat": {"steps": []}})"),
                R"(clients[0].steps[0].repeat: must have "times" or "for")");
  check_mistake(with_steps(R"({"expect": {"within": "1s"}})"),
                R"(clients[0].steps[0].expect: must have "messages" or "text")");
  check_mistake(with_steps(R"({"expect": {"messages": 1, "text": "x"}})"),
                "clients[0].steps[0].expect: has both messages and text, but must have one of them");
  check_mistake(with(some_clients + R"(, "assert": {"lost": {}})"),
                R"(assert.lost: must have "min" or "max", or be a number)");
  check_mistake(with_steps("{}"), "clients[0].steps[0]: must have one key, the name of a step, but has 0");
  check_mistake(with_steps(R"({"connect": {}, "wait": "1s"})"),
                "clients[0].steps[0]: must have one key, the name of a step, but has 2");
}

CAF_TEST(streams that do not exist) {
  check_mistake(
      with_steps(R"({"connect": {}}, {"subscribe": {"to": "nwes"}})"),
      R"(clients[0].steps[1].subscribe.to: names "nwes", which is not among the streams (did you mean news?))");
  check_mistake(with(R"("clients": [{"name": "y", "steps": [{"publish": {"to": "a", "times": 1}}]}])"),
                R"(clients[0].steps[0].publish.to: names "a", which is not among the streams)");
}

CAF_TEST(mistakes deep within) {
  check_mistake(
      with_steps(R"({"wait": "1s"}, {"repeat": {"times": 2, "steps": [{"wait": "1s"}, {"publish": {"to": "news",
                    "times": 1, "rate": -1}}]}})"),
      "clients[0].steps[1].repeat.steps[1].publish.rate: must be a number from 0.0001 to 1000000, but is -1");
}

CAF_TEST(an error is short and on one line whatever the text holds) {
  const auto found = mistake_in(with_group(R"("speaks": "\n)" + std::string(100'000, 'a') + "\", " + a_wait));
  CAF_CHECK_LESS(found.size(), 256u);  // the words that are allowed included
  CAF_CHECK(found.find('\n') == std::string::npos);
}
