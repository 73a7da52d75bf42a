#define CAF_SUITE monitor_questions
#include "protocol/monitor/questions.hpp"

#include "caf/test/unit_test.hpp"

using namespace ability;

namespace {

template <class Question>
Question asked(std::string_view verb, std::string_view arguments = {}) {
  const auto decoded = decode_question(verb, arguments);
  if (!decoded)
    CAF_FAIL(decoded.error().detail);
  CAF_REQUIRE(std::holds_alternative<Question>(*decoded));
  return std::get<Question>(*decoded);
}

std::string refused(std::string_view verb, std::string_view arguments, errc expected = errc::wrong_value) {
  const auto decoded = decode_question(verb, arguments);
  if (decoded)
    return "accepted";
  return decoded.error().code == expected ? decoded.error().detail : "another code: " + decoded.error().detail;
}

}  // namespace

CAF_TEST(every verb takes no arguments as an empty text or an empty object unless it needs some) {
  for (const auto* arguments : {"", "{}", " { } "}) {
    asked<verb::status>("status", arguments);
    asked<verb::nodes>("nodes", arguments);
    asked<verb::unwatch>("unwatch", arguments);
    CAF_CHECK_EQUAL(asked<verb::connections>("connections", arguments).limit, 100u);
    CAF_CHECK_EQUAL(asked<verb::streams>("streams", arguments).limit, 100u);
    asked<verb::sessions>("sessions", arguments);
    CAF_CHECK(asked<verb::watch>("watch", arguments).interval == std::chrono::seconds{1});
    CAF_CHECK_EQUAL(asked<verb::watch>("watch", arguments).events, 0u);
    CAF_CHECK(asked<verb::drain>("drain", arguments).within == std::chrono::seconds{30});
    CAF_CHECK(asked<verb::drain>("drain", arguments).reconnect);
    CAF_CHECK_EQUAL(refused("login", arguments, errc::missing_key),
                    R"(login needs "secret", a string that is not empty)");
    CAF_CHECK_EQUAL(refused("connection", arguments, errc::missing_key),
                    R"(connection needs "id", a string that is not empty)");
    CAF_CHECK_EQUAL(refused("stream", arguments, errc::missing_key),
                    R"(stream needs "name", a string that is not empty)");
    CAF_CHECK_EQUAL(refused("history", arguments, errc::missing_key),
                    R"(history needs "name", a string that is not empty)");
    CAF_CHECK_EQUAL(refused("presence", arguments, errc::missing_key),
                    R"(presence needs "name", a string that is not empty)");
    CAF_CHECK_EQUAL(refused("log-level", arguments, errc::missing_key),
                    R"(log-level needs "level", a string that is not empty)");
    CAF_CHECK_EQUAL(refused("disconnect", arguments), R"(disconnect takes either "id" or "identity", not empty)");
  }
}

CAF_TEST(arguments are read) {
  const auto page = asked<verb::connections>("connections", R"({"filter":"jo\u00e9","limit":1000,"after":"x"})");
  CAF_CHECK_EQUAL(page.filter, "jo\u00e9");
  CAF_CHECK_EQUAL(page.limit, 1'000u);
  CAF_CHECK_EQUAL(page.after, "x");
  CAF_CHECK_EQUAL(asked<verb::streams>("streams", R"({"after":"chat","limit":1})").after, "chat");
  CAF_CHECK_EQUAL(asked<verb::login>("login", R"({"secret":"s"})").secret, "s");
  CAF_CHECK_EQUAL(asked<verb::connection>("connection", R"({"id":"s1"})").id, "s1");
  const auto stream = asked<verb::stream>("stream", R"({"name":"chat","limit":7})");
  CAF_CHECK_EQUAL(stream.name, "chat");
  CAF_CHECK_EQUAL(stream.limit, 7u);
  CAF_CHECK_EQUAL(asked<verb::history>("history", R"({"name":"chat"})").limit, 100u);
  CAF_CHECK_EQUAL(asked<verb::history>("history", R"({"name":"chat","limit":1000})").name, "chat");
  const auto presence = asked<verb::presence>("presence", R"({"name":"room","limit":1000})");
  CAF_CHECK_EQUAL(presence.name, "room");
  CAF_CHECK_EQUAL(presence.limit, 1'000u);
  const auto by_id = asked<verb::disconnect>("disconnect", R"({"id":"s1","reconnect":false})");
  CAF_CHECK_EQUAL(by_id.id, "s1");
  CAF_CHECK(!by_id.reconnect);
  CAF_CHECK_EQUAL(asked<verb::disconnect>("disconnect", R"({"identity":"me","id":""})").identity, "me");
  const auto drain = asked<verb::drain>("drain", R"({"within_s":0,"reconnect":false})");
  CAF_CHECK_EQUAL(drain.within.count(), 0);
  CAF_CHECK(!drain.reconnect);
  CAF_CHECK(!drain.notice);
  CAF_CHECK(asked<verb::drain>("drain", R"({"notice_s":5})").notice == std::chrono::seconds{5});
  CAF_CHECK(asked<verb::drain>("drain", R"({"within_s":0,"notice_s":0})").notice == std::chrono::seconds{0});
  asked<verb::undrain>("undrain", "");
  for (const auto level : verb::log_levels)
    CAF_CHECK(asked<verb::log_level>("log-level", R"({"level":")" + std::string{level} + "\"}").level == level);
}

CAF_TEST(a watch names an interval and events) {
  const auto some =
      asked<verb::watch>("watch", R"({"interval_ms":0,"events":["connected","app_server","gap","connected"]})");
  CAF_CHECK_EQUAL(some.interval.count(), 0);
  CAF_CHECK_EQUAL(some.events,
                  bit_of(event_kind::connected) | bit_of(event_kind::app_server) | bit_of(event_kind::gap));
  CAF_CHECK_EQUAL(asked<verb::watch>("watch", R"({"events":true})").events, all_event_kinds);
  CAF_CHECK_EQUAL(asked<verb::watch>("watch", R"({"events":false})").events, 0u);
  CAF_CHECK_EQUAL(asked<verb::watch>("watch", R"({"events":[]})").events, 0u);
  for (const auto* least_and_most : {"100", "60000", "6e4", "100.0"})
    asked<verb::watch>("watch", std::string{R"({"interval_ms":)"} + least_and_most + "}");
}

CAF_TEST(null is as good as nothing and of equal keys the last one counts) {
  CAF_CHECK_EQUAL(asked<verb::connections>("connections", R"({"limit":null,"filter":null})").limit, 100u);
  CAF_CHECK_EQUAL(asked<verb::connections>("connections", R"({"limit":"x","limit":3})").limit, 3u);
  CAF_CHECK_EQUAL(refused("connection", R"({"id":null})", errc::missing_key),
                  R"(connection needs "id", a string that is not empty)");
}

CAF_TEST(an unknown verb is told which there are) {
  for (const auto* verb : {"", "Status", "status ", "log_level", "\xff"}) {
    const auto why = refused(verb, "{}", errc::unknown_command);
    CAF_CHECK(why.starts_with("unknown verb \""));
    CAF_CHECK(
        why.ends_with("there are login, status, connections, connection, streams, stream, history, sessions, presence, "
                      "nodes, watch, unwatch, disconnect, drain, undrain, log-level"));
  }
  CAF_CHECK_LESS(refused(std::string(1'000'000, 'x'), "", errc::unknown_command).size(), 300u);
}

CAF_TEST(arguments that are no object are refused) {
  CAF_CHECK_EQUAL(refused("status", "[]", errc::wrong_type), "arguments must be a JSON object, found an array");
  CAF_CHECK_EQUAL(refused("status", "null", errc::wrong_type), "arguments must be a JSON object, found null");
  for (const auto* text : {"{", "{}x", " ", "{\"a\"}", "\xff", "{} {}", "\xEF\xBB\xBF{}"})
    CAF_CHECK(refused("status", text, errc::malformed_json).starts_with("malformed JSON: "));
  CAF_CHECK(refused("status", std::string(1'000'000, '['), errc::malformed_json).starts_with("malformed JSON: nested"));
}

CAF_TEST(an argument that the verb does not know is named with those that it knows) {
  CAF_CHECK_EQUAL(refused("connections", R"({"limt":1})"),
                  R"(unknown argument "limt"; connections takes "filter", "limit", "after")");
  CAF_CHECK_EQUAL(refused("status", R"({"a":1,"b":2})"), R"(unknown argument "a"; status takes none)");
  CAF_CHECK_LESS(refused("status", R"({")" + std::string(1'000, 'k') + R"(":1})").size(), 200u);
}

CAF_TEST(each wrong value is named with what it must be) {
  CAF_CHECK_EQUAL(refused("connections", R"({"filter":1})", errc::wrong_type),
                  R"("filter" must be a string, found a number)");
  for (const auto* wrong : {"0", "1001", "-1", "1.5", "1e300"})
    CAF_CHECK(refused("connections", std::string{R"({"limit":)"} + wrong + "}")
                  .starts_with(R"("limit" must be a whole number from 1 to 1000, found )"));
  CAF_CHECK_EQUAL(refused("streams", R"({"limit":1.5})"),
                  R"("limit" must be a whole number from 1 to 1000, found 1.5)");
  CAF_CHECK_EQUAL(refused("streams", R"({"limit":"7"})", errc::wrong_type),
                  R"("limit" must be a whole number from 1 to 1000, found a string)");
  CAF_CHECK_EQUAL(refused("streams", R"({"after":{}})", errc::wrong_type),
                  R"("after" must be a string, found an object)");
  CAF_CHECK_EQUAL(refused("streams", R"({"filter":")" + std::string(257, 'x') + "\"}", errc::too_large),
                  R"("filter" must have at most 256 bytes, found 257)");
  CAF_CHECK_EQUAL(refused("streams", R"({"filter":")" + std::string(256, 'x') + "\"}"), "accepted");
  CAF_CHECK_EQUAL(refused("connection", R"({"id":""})", errc::empty_value),
                  R"(connection needs "id", a string that is not empty)");
  CAF_CHECK_EQUAL(refused("connection", R"({"id":[]})", errc::wrong_type), R"("id" must be a string, found an array)");
  CAF_CHECK_EQUAL(refused("disconnect", R"({"id":"a","identity":"b"})"),
                  R"(disconnect takes either "id" or "identity", not empty)");
  CAF_CHECK_EQUAL(refused("disconnect", R"({"id":"a","reconnect":1})", errc::wrong_type),
                  R"("reconnect" must be true or false, found a number)");
  CAF_CHECK_EQUAL(refused("drain", R"({"within_s":3601})"),
                  R"("within_s" must be a whole number from 0 to 3600, found 3601)");
  CAF_CHECK_EQUAL(refused("drain", R"({"within_s":10,"notice_s":11})"),
                  R"("notice_s" must be a whole number from 0 to 10, found 11)");
  CAF_CHECK_EQUAL(refused("log-level", R"({"level":"trace"})"),
                  R"("level" must be one of debug, info, warn, error, found "trace")");
  CAF_CHECK_EQUAL(refused("watch", R"({"interval_ms":99})"),
                  R"("interval_ms" must be 0, for no snapshots, or a whole number from 100 to 60000, found 99)");
  CAF_CHECK_EQUAL(refused("watch", R"({"interval_ms":60001})"),
                  R"("interval_ms" must be a whole number from 0 to 60000, found 60001)");
  for (const auto* wrong : {R"(["connected","nonsense"])", R"([1])", R"(["connected",["gap"]])", R"("gap")", "{}", "1"})
    CAF_CHECK(refused("watch", std::string{R"({"events":)"} + wrong + "}")
                  .starts_with(R"("events" must be true, false or a list of kinds (connected, disconnected, )"));
  CAF_CHECK(refused("watch", R"({"events":["nonsense"]})").ends_with(R"(gap), found "nonsense")"));
  CAF_CHECK_EQUAL(refused("watch", R"({"interval_ms":0})"),
                  R"(there is nothing to watch: "interval_ms" is 0 and "events" names none)");
}

CAF_TEST(a list of events without end is refused and not kept) {
  std::string list = "[\"gap\"";
  for (auto i = 0; i < 100'000; ++i)
    list += ",\"gap\"";
  CAF_CHECK(refused("watch", R"({"events":)" + list + "]}").starts_with(R"("events" must be)"));
}

CAF_TEST(a secret is not repeated) {
  CAF_CHECK(refused("login", R"({"secret":["s3cret"]})", errc::wrong_type).find("s3cret") == std::string::npos);
  CAF_CHECK(refused("login", R"({"secret":"s3cret)", errc::malformed_json).find("s3cret") == std::string::npos);
}

CAF_TEST(commands are told from questions) {
  for (const auto* command : {"disconnect", "drain", "undrain", "log-level"})
    CAF_CHECK(is_command(*decode_question(command, command == std::string_view{"disconnect"}  ? R"({"id":"a"})"
                                                   : command == std::string_view{"log-level"} ? R"({"level":"info"})"
                                                                                              : "")));
  for (const auto* question : {"status", "connections", "streams", "nodes", "watch", "unwatch"})
    CAF_CHECK(!is_command(*decode_question(question, "")));
}
