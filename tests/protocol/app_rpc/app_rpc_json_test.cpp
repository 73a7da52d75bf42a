// Labels: hardened
#define CAF_SUITE app_rpc_json
#include "protocol/app_rpc/app_rpc_json.hpp"

#include "caf/test/unit_test.hpp"
#include "protocol/text/utf8.hpp"

using namespace ability;

namespace {

using texts = std::vector<std::string>;

rpc_reply reply(std::string_view body) {
  auto decoded = decode_rpc_reply(body);
  if (!decoded)
    CAF_FAIL(decoded.error().detail);
  return *decoded;
}

std::string refused(std::string_view body, errc expected) {
  const auto decoded = decode_rpc_reply(body);
  if (decoded)
    return "accepted";
  CAF_CHECK(is_utf8(decoded.error().detail));
  return decoded.error().code == expected ? decoded.error().detail : "another code: " + decoded.error().detail;
}

}  // namespace

// -- calls ---

CAF_TEST(a connect tells of the handshake) {
  CAF_CHECK_EQUAL(
      encode_rpc_request({.method = rpc_method::connect,
                          .sid = "s1",
                          .env = {"http://h/cable?a=1", {{"cookie", "a=b; c=\"d\""}, {"REMOTE_ADDR", "::1"}}, {}, {}}}),
      R"({"env":{"headers":{"REMOTE_ADDR":"::1","cookie":"a=b; c=\"d\""},"url":"http://h/cable?a=1"}})");
}

CAF_TEST(a command carries identity and states) {
  CAF_CHECK_EQUAL(encode_rpc_request({.method = rpc_method::command,
                                      .sid = "s1",
                                      .identity = R"({"user":1})",
                                      .command = "message",
                                      .identifier = R"({"channel":"C"})",
                                      .data = R"({"action":"x"})",
                                      .env = {"u", {}, {{"c", "1"}}, {{"i", "2"}}}}),
                  R"({"command":"message","connection_identifiers":"{\"user\":1}","data":"{\"action\":\"x\"}",)"
                  R"("env":{"cstate":{"c":"1"},"istate":{"i":"2"},"url":"u"},"identifier":"{\"channel\":\"C\"}"})");
}

CAF_TEST(a disconnect names the identity otherwise and lists subscriptions) {
  CAF_CHECK_EQUAL(encode_rpc_request({.method = rpc_method::disconnect,
                                      .sid = "s1",
                                      .identity = "me",
                                      .subscriptions = {"b", "a"},
                                      .env = {"u", {}, {}, {{"b", R"({"k":"v"})"}}}}),
                  R"({"env":{"istate":{"b":"{\"k\":\"v\"}"},"url":"u"},"identifiers":"me","subscriptions":["b","a"]})");
}

CAF_TEST(what is empty is left out but for env) {
  for (const auto method : {rpc_method::connect, rpc_method::command, rpc_method::disconnect})
    CAF_CHECK_EQUAL(encode_rpc_request({.method = method, .sid = "s1"}), R"({"env":{}})");
}

CAF_TEST(what is not UTF - 8 is replaced) {
  CAF_CHECK_EQUAL(encode_rpc_request({.sid = "s1", .env = {"\xff", {{"cookie", "a=\xc3\x28"}}, {}, {}}}),
                  "{\"env\":{\"headers\":{\"cookie\":\"a=\xef\xbf\xbd(\"},\"url\":\"\xef\xbf\xbd\"}}");
}

CAF_TEST(a map becomes JSON text) {
  CAF_CHECK_EQUAL(encode_text_map({}), "{}");
  CAF_CHECK_EQUAL(encode_text_map({{"b", "2"}, {"a", "\"\n\xc3\xa4"}}), "{\"a\":\"\\\"\\n\xc3\xa4\",\"b\":\"2\"}");
}

// -- answers ---

CAF_TEST(all of an answer is read) {
  const auto all = reply(
      R"({"status":1,"identifiers":"{\"user\":1}","transmissions":["{\"b\":1, \"a\":2}","x"],"streams":["s","s"],)"
      R"("stopped_streams":["t"],"stop_streams":true,"disconnect":true,"error_msg":"e",)"
      R"("env":{"cstate":{"c":"1"},"istate":{"i":"","$w":"s"}}})");
  CAF_CHECK(all.status == rpc_status::success);
  CAF_CHECK_EQUAL(all.identity, R"({"user":1})");
  CAF_CHECK_EQUAL(all.transmissions, (texts{R"({"b":1, "a":2})", "x"}));
  CAF_CHECK_EQUAL(all.streams, (texts{"s", "s"}));
  CAF_CHECK_EQUAL(all.stopped_streams, texts{"t"});
  CAF_CHECK(all.stop_streams);
  CAF_CHECK(all.disconnect);
  CAF_CHECK_EQUAL(all.error_message, "e");
  CAF_CHECK_EQUAL(all.connection_state, (text_map{{"c", "1"}}));
  CAF_CHECK_EQUAL(all.subscription_state, (text_map{{"$w", "s"}, {"i", ""}}));
}

CAF_TEST(the status is a number or a name) {
  for (const auto* body : {R"({"status":0})", R"({"status":"ERROR"})"})
    CAF_CHECK(reply(body).status == rpc_status::error);
  for (const auto* body : {R"({"status":1})", R"({"status":"SUCCESS"})"})
    CAF_CHECK(reply(body).status == rpc_status::success);
  for (const auto* body : {R"({"status":2})", R"({"status":"FAILURE"})"})
    CAF_CHECK(reply(body).status == rpc_status::failure);
}

CAF_TEST(without a status it is an error) {
  for (const auto* body : {"{}", R"({"status":null})", R"({"identifiers":"me"})"})
    CAF_CHECK(reply(body).status == rpc_status::error);
}

CAF_TEST(an unknown status is refused) {
  const std::string rule = R"("status" must be 0, 1, 2, "ERROR", "SUCCESS" or "FAILURE", found )";
  for (const auto* status :
       {"3", "-1", "1.5", "true", "\"success\"", "\"\"", "\"1\"", "[]", "{}", "18446744073709551617"})
    CAF_CHECK(refused(R"({"status":)" + std::string{status} + "}", errc::wrong_value).starts_with(rule));
  CAF_CHECK_EQUAL(refused(R"({"status":3})", errc::wrong_value).substr(rule.size()), "\"3\"");
  CAF_CHECK(refused(R"({"status":")" + std::string(100'000, 'x') + "\"}", errc::wrong_value).size() < 200);
}

CAF_TEST(null counts as absent) {
  const auto all = reply(R"({"status":1,"identifiers":null,"transmissions":null,"streams":null,"stopped_streams":null,)"
                         R"("stop_streams":null,"disconnect":null,"error_msg":null,"env":null})");
  CAF_CHECK(all.status == rpc_status::success);
  CAF_CHECK_EQUAL(all.transmissions, texts{});
  CAF_CHECK(!all.disconnect);
  CAF_CHECK_EQUAL(reply(R"({"env":{"cstate":null,"istate":null}})").connection_state, text_map{});
}

CAF_TEST(a presence is read from a part of its own) {
  const auto got = reply(R"({"status":1,"presence":{"info":"{\"a\":1}","type":"join","ttl":15,"id":"me","x":[{}]},)"
                         R"("env":{"istate":{"$p":"s"}},"streams":["s"]})");
  CAF_CHECK_EQUAL(got.presence.type, "join");
  CAF_CHECK_EQUAL(got.presence.id, "me");
  CAF_CHECK_EQUAL(got.presence.info, R"({"a":1})");
  CAF_CHECK_EQUAL(got.streams, texts{"s"});
  CAF_CHECK_EQUAL(got.subscription_state.at("$p"), "s");
  CAF_CHECK_EQUAL(reply(R"({"presence":{"type":"join","id":"a"},"presence":{"type":"leave"}})").presence.id, "");
  for (const auto* none : {"{}", R"({"presence":null})", R"({"presence":{}})", R"({"presence":{"type":null}})"})
    CAF_CHECK_EQUAL(reply(none).presence.type, "");
  for (const auto* wrong : {"[]", "\"join\"", "1"})
    CAF_CHECK_EQUAL(refused(R"({"presence":)" + std::string{wrong} + "}", errc::wrong_type),
                    R"("presence" must be an object)");
  for (const auto* key : {"type", "id", "info"})
    CAF_CHECK_EQUAL(refused(R"({"presence":{")" + std::string{key} + R"(":{}}})", errc::wrong_type),
                    '"' + std::string{key} + "\" must be a string");
}

CAF_TEST(unknown keys are ignored) {
  const auto all = reply(R"({"status":1,"stream":{"type":"join"},"Streams":["s"],"env":{"headers":7}})");
  CAF_CHECK(all.status == rpc_status::success);
  CAF_CHECK_EQUAL(all.streams, texts{});
}

CAF_TEST(a wrong type is refused by its key) {
  const auto wrong = [](const std::string& fields) { return refused("{" + fields + "}", errc::wrong_type); };
  for (const auto* key : {"identifiers", "error_msg"})
    for (const auto* value : {"1", "{}", "[]", "true"})
      CAF_CHECK_EQUAL(wrong('"' + std::string{key} + "\":" + value), '"' + std::string{key} + "\" must be a string");
  for (const auto* key : {"stop_streams", "disconnect"})
    for (const auto* value : {"1", "\"true\"", "[]"})
      CAF_CHECK_EQUAL(wrong('"' + std::string{key} + "\":" + value), '"' + std::string{key} + "\" must be a boolean");
  for (const auto* key : {"transmissions", "streams", "stopped_streams"})
    for (const auto* value : {"\"s\"", "{}", "1", "[1]", "[\"s\",null]", "[[\"s\"]]"})
      CAF_CHECK_EQUAL(wrong('"' + std::string{key} + "\":" + value),
                      '"' + std::string{key} + "\" must be an array of strings");
  for (const auto* value : {"[]", "\"\"", "1"})
    CAF_CHECK_EQUAL(wrong(R"("env":)" + std::string{value}), R"("env" must be an object)");
  for (const auto* key : {"cstate", "istate"})
    for (const auto* value : {"[]", "\"\"", R"({"k":1})", R"({"k":{}})", R"({"a":"b","k":null})"})
      CAF_CHECK_EQUAL(wrong(R"("env":{")" + std::string{key} + "\":" + value + "}"),
                      '"' + std::string{key} + "\" must be an object of strings");
}

CAF_TEST(what is no JSON object is refused with its beginning) {
  CAF_CHECK_EQUAL(refused("<html>", errc::malformed_json), "not JSON: \"<html>\"");
  for (const std::string_view body : {"", "{", "{} {}", "{'status':1}", "{\"status\":1,}", "{\"a\":\"\xff\"}"})
    CAF_CHECK(refused(body, errc::malformed_json).starts_with("not JSON: "));
  for (const std::string_view body : {"null", "[]", "1", "\"SUCCESS\""})
    CAF_CHECK(refused(body, errc::wrong_type).starts_with("an answer must be an object, found "));
  CAF_CHECK(refused("<html>" + std::string(1'000'000, 'x'), errc::malformed_json).size() < 200);
}

CAF_TEST(deep nesting breaks nothing) {
  CAF_CHECK(refused(std::string(1'000'000, '['), errc::malformed_json).starts_with("not JSON"));
  for (const std::size_t depth : {126u, 127u, 128u, 129u, 100'000u})
    for (const std::string_view deepest : {"", "1e400,{\"status\":2}", "\"\\ud83d\"", "{\"a\":{}}"}) {
      const auto got = reply(R"({"x":)" + std::string(depth, '[') + std::string{deepest} + std::string(depth, ']') +
                             R"(,"status":1,"streams":["s"]})");
      CAF_CHECK(got.status == rpc_status::success);
      CAF_CHECK_EQUAL(got.streams, texts{"s"});
    }
  for (const std::string_view deepest : {"{]", "1,", "01", "{\"a\"}", "\xff"})
    CAF_CHECK(refused(R"({"x":)" + std::string(200, '[') + std::string{deepest} + std::string(200, ']') + "}",
                      errc::malformed_json)
                  .starts_with("not JSON"));
}

CAF_TEST(a number that no double holds is refused where it is looked at and nowhere else) {
  const auto got = reply(R"({"status":1,"x":1e400,"y":[-1e999],"env":{"headers":{"a":1e400}},"error_msg":"e"})");
  CAF_CHECK(got.status == rpc_status::success);
  CAF_CHECK_EQUAL(got.error_message, "e");
  CAF_CHECK(refused(R"({"status":1e400})", errc::wrong_value).ends_with("found \"1e400\""));
  CAF_CHECK_EQUAL(refused(R"({"identifiers":1e400})", errc::wrong_type), R"("identifiers" must be a string)");
  CAF_CHECK(reply(R"({"status":1.0})").status == rpc_status::success);
  CAF_CHECK(reply(R"({"status":2e0})").status == rpc_status::failure);
}

CAF_TEST(of equal keys the last one counts) {
  const auto got = reply(R"({"status":7,"streams":[1],"env":{"cstate":{"a":"1"},"istate":7},"identifiers":"me",)"
                         R"("streams":["s"],"env":{"istate":{"b":"1","b":"2"}},"status":1,"identifiers":null})");
  CAF_CHECK(got.status == rpc_status::success);
  CAF_CHECK_EQUAL(got.streams, texts{"s"});
  CAF_CHECK_EQUAL(got.identity, "");
  CAF_CHECK_EQUAL(got.connection_state, text_map{});
  CAF_CHECK_EQUAL(got.subscription_state, (text_map{{"b", "2"}}));
}

CAF_TEST(known keys count in their own place only) {
  const auto got = reply(R"({"status":1,"x":{"streams":["no"],"env":{"cstate":{"no":"1"}}},)"
                         R"("env":{"streams":["no"],"y":{"cstate":{"no":"1"}},"cstate":{"env":"1","istate":"2"}},)"
                         R"("cstate":{"no":"1"},"transmissions":["t"]})");
  CAF_CHECK_EQUAL(got.streams, texts{});
  CAF_CHECK_EQUAL(got.transmissions, texts{"t"});
  CAF_CHECK_EQUAL(got.connection_state, (text_map{{"env", "1"}, {"istate", "2"}}));
}

CAF_TEST(a byte order mark before an answer is passed over) {
  CAF_CHECK(reply("\xEF\xBB\xBF{\"status\":1}").status == rpc_status::success);
}

CAF_TEST(truncated at any byte an answer is refused) {
  const std::string_view whole = R"({"status":"SUCCESS","streams":["s\u00e9"],"env":{"cstate":{"a":"1"}}})";
  CAF_CHECK(decode_rpc_reply(whole).has_value());
  for (std::size_t size = 0; size < whole.size(); ++size)
    CAF_CHECK(refused(whole.substr(0, size), errc::malformed_json).starts_with("not JSON: "));
}

// -- the other way ---

CAF_TEST(a call is read as it was written) {
  const rpc_env env{"http://h/cable", {{"cookie", "a=b"}}, {{"c", "1"}}, {{"i", "2"}}};
  for (const rpc_request& sent :
       {rpc_request{.method = rpc_method::connect, .sid = {}, .env = env},
        {.method = rpc_method::command,
        .sid = {},
        .identity = "me",
        .command = "message",
        .identifier = R"({"channel":"C"})",
        .data = "d\xc3\xa9",
        .env = env},
        {.method = rpc_method::disconnect, .sid = {}, .identity = "me", .subscriptions = {"b", "a"}, .env = env}}) {
    const auto body = encode_rpc_request(sent);
    const auto got = decode_rpc_request(sent.method, body);
    CAF_REQUIRE(got.has_value());
    CAF_CHECK(got->method == sent.method);
    CAF_CHECK_EQUAL(got->identity, sent.identity);
    CAF_CHECK_EQUAL(got->subscriptions, sent.subscriptions);
    CAF_CHECK_EQUAL(encode_rpc_request(*got), body);
  }
}

CAF_TEST(a call that makes no sense is refused) {
  const auto code = [](std::string_view body) { return decode_rpc_request(rpc_method::command, body).error().code; };
  CAF_CHECK(code("") == errc::malformed_json);
  CAF_CHECK(code("[]") == errc::wrong_type);
  CAF_CHECK(code(R"({"command":1})") == errc::wrong_type);
  CAF_CHECK(code(R"({"env":[]})") == errc::wrong_type);
  CAF_CHECK(code(R"({"env":{"headers":{"a":1}}})") == errc::wrong_type);
  CAF_CHECK(decode_rpc_request(rpc_method::connect, R"({"command":1,"unknown":[]})").has_value());
  CAF_CHECK(decode_rpc_request(rpc_method::command, "{}").has_value());
}

CAF_TEST(half a surrogate pair takes no answer away) {
  const auto got = reply(R"({"status":"SUCCESS","transmissions":["{\"message\":\"cut \\ud83d\"}","raw \ud83d"],)"
                         R"("error_msg":"\udc00","unknown":"\ud83d","env":{"cstate":{"k":"\ud83d\ude00\ud83d"}}})");
  CAF_CHECK(got.status == rpc_status::success);
  CAF_CHECK_EQUAL(got.transmissions, (texts{R"({"message":"cut \ud83d"})", "raw \ufffd"}));
  CAF_CHECK_EQUAL(got.error_message, "\ufffd");
  CAF_CHECK_EQUAL(got.connection_state.at("k"), "\U0001F600\ufffd");
  CAF_CHECK(refused(R"({"status":1,"x":"\ud83d")", errc::malformed_json).starts_with("not JSON"));
}

CAF_TEST(an answer is written as it is read) {
  const rpc_reply all{.status = rpc_status::failure,
                      .identity = "me",
                      .transmissions = {"{}", "x"},
                      .streams = {"s"},
                      .stopped_streams = {"t"},
                      .stop_streams = true,
                      .disconnect = true,
                      .error_message = "no",
                      .connection_state = {{"c", "1"}},
                      .subscription_state = {{"i", ""}}};
  const auto body = encode_rpc_reply(all);
  CAF_CHECK_EQUAL(body, R"({"disconnect":true,"env":{"cstate":{"c":"1"},"istate":{"i":""}},"error_msg":"no",)"
                        R"("identifiers":"me","status":2,"stop_streams":true,"stopped_streams":["t"],"streams":["s"],)"
                        R"("transmissions":["{}","x"]})");
  CAF_CHECK_EQUAL(encode_rpc_reply(reply(body)), body);
  CAF_CHECK_EQUAL(encode_rpc_reply({}), R"({"status":0})");
  CAF_CHECK_EQUAL(encode_rpc_reply({.status = rpc_status::success}), R"({"status":1})");
  CAF_CHECK_EQUAL(encode_rpc_reply({.error_message = "\xff"}), "{\"error_msg\":\"\xef\xbf\xbd\",\"status\":0}");
}
