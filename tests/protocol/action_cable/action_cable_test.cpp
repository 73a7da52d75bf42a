// Labels: hardened
#define CAF_SUITE action_cable
#include "protocol/action_cable/messages.hpp"
#include "protocol/client/reply.hpp"

#include <nlohmann/json.hpp>

#include "caf/test/unit_test.hpp"
#include "protocol/json/json_text.hpp"

using namespace ability;
using namespace std::string_view_literals;

namespace {

constexpr std::string_view chat = R"({"channel":"Chat","id":1})";

std::string refused(std::string_view frame, errc expected) {
  const auto command = decode_command(frame);
  if (command) {
    return "accepted";
  }
  return command.error().code == expected ? command.error().detail : "another code: " + command.error().detail;
}

std::string broadcast_text(std::string_view data, bool data_is_json, std::string_view type = {}) {
  std::string out;
  append_broadcast(out, chat, data, data_is_json, type);
  return out;
}

}  // namespace

CAF_TEST(each command is read) {
  const auto subscribe = decode_command(R"({"command":"subscribe","identifier":"{\"channel\":\"Chat\",\"id\":1}"})");
  CAF_REQUIRE(subscribe.has_value());
  CAF_CHECK(subscribe->type == command_type::subscribe);
  CAF_CHECK_EQUAL(subscribe->identifier, chat);
  CAF_CHECK_EQUAL(subscribe->data, "");

  const auto unsubscribe = decode_command(R"({"identifier":"i","command":"unsubscribe"})");
  CAF_REQUIRE(unsubscribe.has_value());
  CAF_CHECK(unsubscribe->type == command_type::unsubscribe);
  CAF_CHECK_EQUAL(unsubscribe->identifier, "i");

  const auto message = decode_command(R"({"command":"message","identifier":"i","data":"{\"action\":\"speak\"}"})");
  CAF_REQUIRE(message.has_value());
  CAF_CHECK(message->type == command_type::message);
  CAF_CHECK_EQUAL(message->identifier, "i");
  CAF_CHECK_EQUAL(message->data, R"({"action":"speak"})");

  const auto ping = decode_command(R"({"command":"ping"})");
  CAF_REQUIRE(ping.has_value());
  CAF_CHECK(ping->type == command_type::ping);

  const auto pong = decode_command(R"( {"command" : "pong"} )");
  CAF_REQUIRE(pong.has_value());
  CAF_CHECK(pong->type == command_type::pong);
}

CAF_TEST(an identifier is kept byte for byte) {
  const auto command =
      decode_command(R"({"command":"subscribe","identifier":"\u0000 \u00e9\ud83d\ude00\" \\ \/ {}  "})");
  CAF_REQUIRE(command.has_value());
  CAF_CHECK_EQUAL(command->identifier, "\0 \u00e9\U0001F600\" \\ / {}  "sv);
}

CAF_TEST(the data of a message may be empty) {
  const auto command = decode_command(R"({"command":"message","identifier":"i","data":""})");
  CAF_REQUIRE(command.has_value());
  CAF_CHECK_EQUAL(command->data, "");
}

CAF_TEST(keys without a use are ignored whatever they hold) {
  const auto subscribe = decode_command(
      R"({"history":{"since":1,"command":"pong","identifier":"inner"},"command":"subscribe","identifier":"i","data":[1],"x":["identifier"],"y":{"command":"pong","identifier":"inner"}})");
  CAF_REQUIRE(subscribe.has_value());
  CAF_CHECK(subscribe->type == command_type::subscribe);
  CAF_CHECK_EQUAL(subscribe->identifier, "i");
  CAF_CHECK_EQUAL(subscribe->data, "");
  const auto ping = decode_command(R"({"command":"ping","identifier":7,"data":null})");
  CAF_REQUIRE(ping.has_value());
  CAF_CHECK_EQUAL(ping->identifier, "");
}

CAF_TEST(of equal keys the last one counts) {
  const auto command = decode_command(R"({"command":5,"identifier":"a","command":"subscribe","identifier":"b"})");
  CAF_REQUIRE(command.has_value());
  CAF_CHECK(command->type == command_type::subscribe);
  CAF_CHECK_EQUAL(command->identifier, "b");
  CAF_CHECK_EQUAL(refused(R"({"command":"ping","command":5})", errc::wrong_type),
                  R"("command" must be a string, found a number)");
  CAF_CHECK_EQUAL(refused(R"({"command":"subscribe","identifier":"a","identifier":{"x":"y"}})", errc::wrong_type),
                  R"("identifier" must be a non-empty string, found an object)");
}

CAF_TEST(names of keys and commands are case sensitive) {
  CAF_CHECK_EQUAL(refused(R"({"Command":"ping"})", errc::missing_key), R"("command" must be a string, found nothing)");
  CAF_CHECK_EQUAL(refused(R"({"command":"Ping"})", errc::unknown_command), R"(unknown command "Ping")");
}

CAF_TEST(malformed JSON is refused) {
  for (const std::string_view frame : {"", "{", "nonsense", "{\"command\":\"ping\"", "{\"command\":\"ping\"}}",
                                       "{'command':'ping'}", "{\"command\":\"\xff\"}", "{\"command\":\"ping\",}"}) {
    CAF_CHECK(refused(frame, errc::malformed_json).starts_with("malformed JSON"));
  }
  const std::string_view hidden{"{\"command\":\"ping\"}\0{", 20};
  CAF_CHECK(refused(hidden, errc::malformed_json).starts_with("malformed JSON"));
}

CAF_TEST(nesting is bounded) {
  const auto with = [](std::size_t depth) {
    return R"({"command":"ping","x":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  CAF_CHECK(decode_command(with(max_json_depth - 1)).has_value());
  CAF_CHECK(refused(with(max_json_depth), errc::malformed_json).find("nested deeper than 128") != std::string::npos);
  CAF_CHECK(refused(with(1'000'000), errc::malformed_json).find("nested deeper than 128") != std::string::npos);
}

CAF_TEST(what is no object is refused) {
  CAF_CHECK_EQUAL(refused("null", errc::wrong_type), "a command must be an object, found null");
  CAF_CHECK_EQUAL(refused("true", errc::wrong_type), "a command must be an object, found a boolean");
  CAF_CHECK_EQUAL(refused("1", errc::wrong_type), "a command must be an object, found a number");
  CAF_CHECK_EQUAL(refused("-1", errc::wrong_type), "a command must be an object, found a number");
  CAF_CHECK_EQUAL(refused("1.5", errc::wrong_type), "a command must be an object, found a number");
  CAF_CHECK_EQUAL(refused("\"ping\"", errc::wrong_type), "a command must be an object, found a string");
  CAF_CHECK_EQUAL(refused(R"([{"command":"ping"}])", errc::wrong_type), "a command must be an object, found an array");
}

CAF_TEST(an unknown command is named) {
  CAF_CHECK_EQUAL(refused(R"({"command":"jump","identifier":"i"})", errc::unknown_command),
                  R"(unknown command "jump")");
  CAF_CHECK_EQUAL(refused(R"({"command":""})", errc::unknown_command), R"(unknown command "")");
  const auto detail = refused(R"({"command":")" + std::string(5000, 'x') + R"("})", errc::unknown_command);
  CAF_CHECK_EQUAL(detail, "unknown command \"" + std::string(64, 'x') + "\"...");
}

CAF_TEST(a missing key is named) {
  CAF_CHECK_EQUAL(refused("{}", errc::missing_key), R"("command" must be a string, found nothing)");
  for (const std::string_view name : {"subscribe", "unsubscribe", "message"}) {
    CAF_CHECK_EQUAL(refused(R"({"command":")" + std::string{name} + R"("})", errc::missing_key),
                    R"("identifier" must be a non-empty string, found nothing)");
  }
  CAF_CHECK_EQUAL(refused(R"({"command":"message","identifier":"i"})", errc::missing_key),
                  R"("data" must be a string, found nothing)");
}

CAF_TEST(an empty identifier is refused) {
  CAF_CHECK_EQUAL(refused(R"({"command":"subscribe","identifier":""})", errc::empty_value),
                  R"("identifier" must be a non-empty string, found an empty string)");
}

CAF_TEST(a key of another type is named) {
  CAF_CHECK_EQUAL(refused(R"({"command":null})", errc::wrong_type), R"("command" must be a string, found null)");
  CAF_CHECK_EQUAL(refused(R"({"command":["ping"]})", errc::wrong_type),
                  R"("command" must be a string, found an array)");
  CAF_CHECK_EQUAL(refused(R"({"command":"subscribe","identifier":{"channel":"Chat"}})", errc::wrong_type),
                  R"("identifier" must be a non-empty string, found an object)");
  CAF_CHECK_EQUAL(refused(R"({"command":"message","identifier":"i","data":{"a":1}})", errc::wrong_type),
                  R"("data" must be a string, found an object)");
  CAF_CHECK_EQUAL(refused(R"({"command":"message","identifier":"i","data":true})", errc::wrong_type),
                  R"("data" must be a string, found a boolean)");
}

CAF_TEST(truncated at any byte a command is refused) {
  const std::string_view whole = R"({"command":"message","identifier":"{\"a\":\"\u00e9\"}","data":"{}"})";
  CAF_CHECK(decode_command(whole).has_value());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAF_CHECK(refused(whole.substr(0, size), errc::malformed_json).starts_with("malformed JSON"));
  }
}

CAF_TEST(a whisper carries any JSON) {
  const auto whispered = [](std::string_view data) {
    const auto command = decode_command(R"({"command":"whisper","identifier":"i","data":)" + std::string{data} + '}');
    CAF_REQUIRE(command.has_value());
    CAF_CHECK(command->type == command_type::whisper);
    return command->data;
  };
  for (const auto* data :
       {R"({"b":1,"a":[true,null,"x"]})", "7", R"("text")", "null", "123456789012345678901234567890", "-1.50"})
    CAF_CHECK_EQUAL(whispered(data), data);
  CAF_CHECK_EQUAL(refused(R"({"command":"whisper","identifier":"i"})", errc::missing_key),
                  R"("data" must be given, found nothing)");
  CAF_CHECK_EQUAL(refused(R"({"command":"whisper","data":1})", errc::missing_key),
                  R"("identifier" must be a non-empty string, found nothing)");
}

CAF_TEST(what is passed through may hold half a surrogate pair) {
  const auto whisper =
      decode_command(R"({"command":"whisper","identifier":"i","data":{"text":"cut \ud83d","n":1e400}})");
  CAF_REQUIRE(whisper.has_value());
  CAF_CHECK_EQUAL(whisper->data, R"({"text":"cut \ud83d","n":1e400})");
  const auto message =
      decode_command(R"({"command":"message","identifier":"i","data":"{\"text\":\"cut \\ud83d\"}","x":"\ud83d"})");
  CAF_REQUIRE(message.has_value());
  CAF_CHECK_EQUAL(message->data, R"({"text":"cut \ud83d"})");
  CAF_CHECK_EQUAL(refused(R"({"command":"subscribe","identifier":"\ud83d"})", errc::malformed_json),
                  R"(malformed JSON: half a surrogate pair in "identifier" at byte 37)");
}

CAF_TEST(the application gets a message with half a surrogate pair as characters) {
  const auto message = decode_command(R"({"command":"message","identifier":"i","data":"cut \ud83d, \ud83d\ude00"})");
  CAF_REQUIRE(message.has_value());
  CAF_CHECK_EQUAL(message->data, "cut \ufffd, \U0001F600");
}

CAF_TEST(messages to clients are these bytes) {
  CAF_CHECK_EQUAL(welcome_message("V1StGXR8_Z5jdHi6B-myT"), R"({"type":"welcome","sid":"V1StGXR8_Z5jdHi6B-myT"})");
  CAF_CHECK_EQUAL(restored_message("s", {}), R"({"type":"welcome","sid":"s","restored":true,"restored_ids":[]})");
  const std::vector<std::string_view> both{chat, "b"};
  CAF_CHECK_EQUAL(
      restored_message("s", both),
      R"({"type":"welcome","sid":"s","restored":true,"restored_ids":["{\"channel\":\"Chat\",\"id\":1}","b"]})");
  CAF_CHECK_EQUAL(ping_message(1700000000), R"({"type":"ping","message":1700000000})");
  CAF_CHECK_EQUAL(pong_message(), R"({"type":"pong"})");
  CAF_CHECK_EQUAL(confirm_subscription(chat),
                  R"({"type":"confirm_subscription","identifier":"{\"channel\":\"Chat\",\"id\":1}"})");
  CAF_CHECK_EQUAL(reject_subscription(chat),
                  R"({"type":"reject_subscription","identifier":"{\"channel\":\"Chat\",\"id\":1}"})");
  CAF_CHECK_EQUAL(disconnect_message(disconnect_reason::server_restart, true),
                  R"({"type":"disconnect","reason":"server_restart","reconnect":true})");
  CAF_CHECK_EQUAL(disconnect_message(disconnect_reason::unauthorized, false),
                  R"({"type":"disconnect","reason":"unauthorized","reconnect":false})");
}

CAF_TEST(a welcome tells of the pong extension) {
  const auto added = [](std::string text) { return add_pong_extension(text) ? text : "no welcome: " + text; };
  CAF_CHECK_EQUAL(added(welcome_message("s")), R"({"type":"welcome","sid":"s","extensions":["pong"]})");
  CAF_CHECK_EQUAL(added(R"( { "type" : "welcome" } )"), R"( { "type" : "welcome" ,"extensions":["pong"]} )");
  CAF_CHECK_EQUAL(added(R"({"extensions":["x"],"type":"welcome"})"), R"({"extensions":["x"],"type":"welcome"})");
  for (const auto* other : {"", "welcome", R"({"type":"ping"})", R"({"type":["welcome"]})", R"([{"type":"welcome"}])"})
    CAF_CHECK_EQUAL(added(other), std::string{"no welcome: "} + other);
}

CAF_TEST(a welcome without a sid is given one) {
  const auto added = [](std::string text) { return add_sid(text, "S\"1") ? text : "no welcome: " + text; };
  CAF_CHECK_EQUAL(added(R"({"type":"welcome"})"), R"({"type":"welcome","sid":"S\"1"})");
  CAF_CHECK_EQUAL(added(R"( {"x":{"sid":1} , "type" : "welcome" } )"),
                  R"( {"x":{"sid":1} , "type" : "welcome" ,"sid":"S\"1"} )");
  CAF_CHECK_EQUAL(added(R"({"type":"welcome","sid": null,"x":1})"), R"({"type":"welcome","sid": "S\"1","x":1})");
  for (const auto* named : {R"({"type":"welcome","sid":"own"})", R"({"sid":7,"type":"welcome"})"})
    CAF_CHECK_EQUAL(added(named), named);
  for (const auto* other : {"", "welcome", R"({"type":"ping"})", R"({"type":["welcome"]})", R"([{"type":"welcome"}])"})
    CAF_CHECK_EQUAL(added(other), std::string{"no welcome: "} + other);
}

CAF_TEST(history and presence are refused in these bytes) {
  CAF_CHECK_EQUAL(reject_history("i"), R"({"type":"reject_history","identifier":"i"})");
  CAF_CHECK_EQUAL(presence_error("i", "w\"hy"),
                  R"({"type":"presence","identifier":"i","message":{"type":"error","total":0,"reason":"w\"hy"}})");
  CAF_CHECK_EQUAL(presence_message("i", R"({"type":"info","total":0})"),
                  R"({"type":"presence","identifier":"i","message":{"type":"info","total":0}})");
  CAF_CHECK_EQUAL(error_message("why"), R"({"type":"error","identifier":"","reason":"why"})");
}

CAF_TEST(history and presence are asked for by name or with a subscribe) {
  for (const auto& [name, type] :
       {std::pair{"history", command_type::history}, std::pair{"presence", command_type::presence},
        std::pair{"join", command_type::join}, std::pair{"leave", command_type::leave}}) {
    const auto command = decode_command(R"({"command":")" + std::string{name} + R"(","identifier":"i"})");
    CAF_REQUIRE(command.has_value());
    CAF_CHECK(command->type == type);
    CAF_CHECK_EQUAL(command->identifier, "i");
    CAF_CHECK_EQUAL(refused(R"({"command":")" + std::string{name} + R"("})", errc::missing_key),
                    R"("identifier" must be a non-empty string, found nothing)");
  }
  const auto both =
      decode_command(R"({"command":"subscribe","identifier":"i","history":{"since":1},"presence":{"id":"me"}})");
  CAF_CHECK(both->history != nullptr && both->history->since == 1);
  CAF_REQUIRE(both->presence != nullptr);
  CAF_CHECK_EQUAL(both->presence->id, "me");
  const auto none = decode_command(R"({"command":"subscribe","identifier":"i","history":null})");
  CAF_CHECK(none->history == nullptr && none->presence == nullptr);
}

CAF_TEST(commands about presence say who joins and whether the members are wanted) {
  const auto presence_of = [](const std::string& command, const std::string& rest) {
    return decode_command(R"({"identifier":"i","command":")" + command + "\"" + rest + "}")->presence;
  };
  CAF_CHECK_EQUAL(presence_of("join", R"(,"presence":{"id":7,"info":{"a": 1}})")->id, "7");
  CAF_CHECK_EQUAL(presence_of("join", R"(,"presence":{"id":7,"info":{"a": 1}})")->info, R"({"a": 1})");
  CAF_CHECK(!presence_of("join", R"(,"presence":"me")")->fault.empty());
  CAF_CHECK(!presence_of("subscribe", R"(,"presence":7)")->fault.empty());
  CAF_CHECK(presence_of("join", R"(,"presence":null)") == nullptr);
  CAF_CHECK(presence_of("leave", R"(,"presence":{"id":"me"})") == nullptr);
  CAF_CHECK(presence_of("presence", R"(,"presence":{"id":"me"})") == nullptr);
  CAF_CHECK(presence_of("presence", R"(,"data":{})")->wants_records);
  CAF_CHECK(!presence_of("presence", R"(,"data":{"return_records":false})")->wants_records);
  CAF_CHECK(presence_of("message", R"(,"data":"{}","presence":{"id":"me"})") == nullptr);
}

CAF_TEST(a broadcast of JSON is spliced byte for byte) {
  const std::string_view data = "{ \"b\":1,\"a\":12345678901234567890,\"b\":1.10,\"h\":\"\\u003c<\\/\" }\n";
  CAF_CHECK_EQUAL(broadcast_text(data, true),
                  R"({"identifier":"{\"channel\":\"Chat\",\"id\":1}","message":)" + std::string{data} + "}");
  CAF_CHECK_EQUAL(broadcast_text("null", true), R"({"identifier":"{\"channel\":\"Chat\",\"id\":1}","message":null})");
}

CAF_TEST(a broadcast of other text is a JSON string) {
  CAF_CHECK_EQUAL(broadcast_text("say \"hi\"", false),
                  R"({"identifier":"{\"channel\":\"Chat\",\"id\":1}","message":"say \"hi\""})");
  CAF_CHECK_EQUAL(broadcast_text("", false), R"({"identifier":"{\"channel\":\"Chat\",\"id\":1}","message":""})");
}

CAF_TEST(the type of a broadcast comes first) {
  CAF_CHECK_EQUAL(broadcast_text("1", true, "presence"),
                  R"({"type":"presence","identifier":"{\"channel\":\"Chat\",\"id\":1}","message":1})");
  CAF_CHECK_EQUAL(broadcast_text("1", true, "a\"b"),
                  R"({"type":"a\"b","identifier":"{\"channel\":\"Chat\",\"id\":1}","message":1})");
}

CAF_TEST(a broadcast is appended) {
  std::string out = "x";
  append_broadcast(out, "i", "1", true);
  append_broadcast(out, "i", "2", true);
  CAF_CHECK_EQUAL(out, R"(x{"identifier":"i","message":1}{"identifier":"i","message":2})");
}

CAF_TEST(messages stay JSON whatever is quoted in them) {
  const std::string_view odd{"\"\\\n\0\x1f\xff\u2028", 9};
  for (const auto& message :
       {welcome_message(odd), restored_message(odd, std::vector{odd, odd}), confirm_subscription(odd),
        reject_subscription(odd), disconnect_message(odd, true), broadcast_text(odd, false, odd)}) {
    CAF_CHECK(validate_json(message).has_value());
  }
  const auto parsed = nlohmann::json::parse(confirm_subscription("\"\\\n\x1f\u2028"));
  CAF_CHECK_EQUAL(parsed["identifier"].get<std::string>(), "\"\\\n\x1f\u2028");
}
