// Labels: hardened
#define CAF_SUITE publication
#include "protocol/publication/publication.hpp"

#include "caf/test/unit_test.hpp"
#include "protocol/json/json_text.hpp"

using namespace ability;

namespace {

std::vector<broadcast> broadcasts(std::string_view body) {
  const auto decoded = decode_publication(body);
  if (!decoded) {
    CAF_FAIL(decoded.error().detail);
  }
  CAF_REQUIRE(std::holds_alternative<std::vector<broadcast>>(*decoded));
  return std::get<std::vector<broadcast>>(*decoded);
}

remote_disconnect command(std::string_view body) {
  const auto decoded = decode_publication(body);
  if (!decoded) {
    CAF_FAIL(decoded.error().detail);
  }
  CAF_REQUIRE(std::holds_alternative<remote_disconnect>(*decoded));
  return std::get<remote_disconnect>(*decoded);
}

std::string refused(std::string_view body, errc expected) {
  const auto decoded = decode_publication(body);
  if (decoded) {
    return "accepted";
  }
  return decoded.error().code == expected ? decoded.error().detail : "another code: " + decoded.error().detail;
}

std::string batch_of(std::size_t count) {
  std::string body = "[";
  for (std::size_t i = 0; i < count; ++i) {
    body += i == 0 ? "" : ",";
    body += R"({"stream":"s","data":"1"})";
  }
  return body + "]";
}

}  // namespace

CAF_TEST(a broadcast without meta has the defaults) {
  const auto all = broadcasts(R"({"stream":"chat_1","data":"{\"b\":1,\"a\":12345678901234567890}"})");
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_CHECK_EQUAL(all[0].stream, "chat_1");
  CAF_CHECK_EQUAL(all[0].data, R"({"b":1,"a":12345678901234567890})");
  CAF_CHECK(all[0].data_is_json);
  CAF_CHECK_EQUAL(all[0].exclude_socket, "");
  CAF_CHECK_EQUAL(all[0].broadcast_type, "");
  CAF_CHECK(!all[0].transient);
}

CAF_TEST(meta is read) {
  const auto all = broadcasts(
      R"({"meta":{"transient":true,"exclude_socket":"sid1","broadcast_type":"presence","x":[{}]},"data":"x","stream":"s"})");
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_CHECK_EQUAL(all[0].exclude_socket, "sid1");
  CAF_CHECK_EQUAL(all[0].broadcast_type, "presence");
  CAF_CHECK(all[0].transient);
}

CAF_TEST(meta and all within it may be null) {
  CAF_CHECK_EQUAL(broadcasts(R"({"stream":"s","data":"1","meta":null})").size(), 1u);
  const auto all =
      broadcasts(R"({"stream":"s","data":"1","meta":{"exclude_socket":null,"broadcast_type":null,"transient":null}})");
  CAF_CHECK_EQUAL(all.at(0).exclude_socket, "");
  CAF_CHECK(!all.at(0).transient);
}

CAF_TEST(ids are read) {
  CAF_CHECK_EQUAL(broadcasts(R"({"stream":"s","data":"1","meta":{"id":"a \u00e9"}})").at(0).id, "a \xc3\xa9");
  CAF_CHECK_EQUAL(broadcasts(R"({"stream":"s","data":"1","meta":{"id":null}})").at(0).id, "");
  CAF_CHECK_EQUAL(broadcasts(R"({"stream":"s","data":"1","meta":{"id":"a","id":"b"}})").at(0).id, "b");
  CAF_CHECK_EQUAL(broadcasts(R"({"stream":"s","data":"1","id":"a"})").at(0).id, "");
  const auto with_id = [](std::string_view id) {
    std::string body = R"({"stream":"s","data":"1","meta":{"id":)";
    append_json_string(body, id);
    return body + "}}";
  };
  CAF_CHECK_EQUAL(broadcasts(with_id(std::string(128, 'x'))).at(0).id.size(), 128u);
  constexpr std::string_view form = R"("id" must be a string of 1 to 128 bytes without control characters, found )";
  using namespace std::string_view_literals;
  CAF_CHECK_EQUAL(refused(with_id(""), errc::wrong_value), std::string{form} + R"("")");
  for (const auto id : {"a\nb"sv, "\0"sv, "\x7f"sv, "\t"sv}) {
    CAF_CHECK(refused(with_id(id), errc::wrong_value).starts_with(form));
  }
  CAF_CHECK(refused(with_id(std::string(129, 'x')), errc::wrong_value).starts_with(form));
  for (const std::string_view id : {"7", "true", "[]", R"({"a":1})"}) {
    const auto body = R"([{"stream":"s","data":"1","meta":{"id":)" + std::string{id} + "}}]";
    CAF_CHECK(refused(body, errc::wrong_type).starts_with("publication 0: " + std::string{form}));
  }
}

CAF_TEST(the id of a body is that of its broadcasts without one) {
  const auto ids = [](std::string_view body) {
    const auto decoded = decode_publication(body, "k");
    CAF_REQUIRE(decoded);
    std::string all;
    for (const auto& each : std::get<std::vector<broadcast>>(*decoded)) {
      all += each.id + ' ';
    }
    return all;
  };
  CAF_CHECK_EQUAL(ids(R"({"stream":"s","data":"1"})"), "k ");
  CAF_CHECK_EQUAL(ids(R"({"stream":"s","data":"1","meta":{"id":"own"}})"), "own ");
  CAF_CHECK_EQUAL(
      ids(R"( [{"stream":"s","data":"1"},{"stream":"t","data":"1","meta":{"id":"own"}},{"stream":"s","data":1}])"),
      "k#0 own k#2 ");
  CAF_CHECK(decode_publication(R"({"command":"disconnect","payload":{"identifier":"x"}})", "k"));
}

CAF_TEST(arrays are batches) {
  CAF_CHECK(is_batch(" \r\n\t[{}]"));
  CAF_CHECK(!is_batch(R"({"a":[]})"));
  CAF_CHECK(!is_batch(""));
}

CAF_TEST(whether data is JSON is found out) {
  const auto is_json = [](std::string_view data) {
    std::string body = R"({"stream":"s","data":)";
    append_json_string(body, data);
    const auto all = broadcasts(body + "}");
    CAF_CHECK_EQUAL(all.at(0).data, data);
    return all.at(0).data_is_json;
  };
  for (const std::string_view json : {"{}", "[1]", "\"a\"", "1", "null", " true "}) {
    CAF_CHECK(is_json(json));
  }
  using namespace std::string_view_literals;
  for (const std::string_view text : {""sv, "hello"sv, "{"sv, "{}\0"sv, "\xEF\xBB\xBF{}"sv, "{} {}"sv}) {
    CAF_CHECK(!is_json(text));
  }
}

CAF_TEST(JSON in a string may nest as deep as any and no deeper) {
  const auto nested = [](std::size_t depth, std::string_view end) {
    return std::string(depth, '[') + std::string(end) + std::string(depth, ']');
  };
  const auto published = [](std::string_view data) {
    std::string body = R"({"stream":"s","data":)";
    append_json_string(body, data);
    return body + "}";
  };
  const auto deepest = nested(max_json_depth, "");
  const auto taken = broadcasts(published(deepest));
  CAF_CHECK_EQUAL(taken.at(0).data, deepest);
  CAF_CHECK(taken.at(0).data_is_json);
  for (const auto& deep : {nested(max_json_depth + 1, ""), nested(100'000, R"({"a":[1e400,"\ud83d"]})"),
                           " " + nested(max_json_depth, R"([],{"b":{}})") + "\n"}) {
    CAF_CHECK_EQUAL(refused(published(deep), errc::malformed_json),
                    R"("data" cannot be a message: its JSON is nested deeper than 128)");
    CAF_CHECK_EQUAL(refused("[" + published("1") + "," + published(deep) + "]", errc::malformed_json),
                    R"(publication 1: "data" cannot be a message: its JSON is nested deeper than 128)");
  }
  // Texts that only begin like deeply nested JSON are plain text.
  for (const auto& text :
       {std::string(200, '['), nested(200, "") + "]", nested(200, "{]"), nested(200, "\xC3\xA9"), nested(200, "01"),
        nested(200, R"({"a" 1})"), nested(200, R"({"a":1,})"), nested(200, "[1,]")}) {
    const auto all = broadcasts(published(text));
    CAF_CHECK_EQUAL(all.at(0).data, text);
    CAF_CHECK(!all.at(0).data_is_json);
  }
}

CAF_TEST(data that is JSON by its syntax is passed through) {
  for (const std::string_view json : {R"({"text":"cut \ud83d"})", R"("\udc00")", "1e400", R"({"\ud83d":1})"}) {
    std::string body = R"({"ignored":"\ud83d","stream":"s","data":)";
    append_json_string(body, json);
    const auto all = broadcasts(body + "}");
    CAF_CHECK_EQUAL(all.at(0).data, json);
    CAF_CHECK(all.at(0).data_is_json);
  }
}

CAF_TEST(a text with half a surrogate pair is the string that it came as) {
  for (const std::string_view text : {R"("cut \ud83d")", R"("\udc00\"\u00e9")", R"("{\ud83d}")", R"("\"\\\ud83d\"")"}) {
    const auto all = broadcasts(R"({"stream":"s","data":)" + std::string{text} + R"(,"meta":{"transient":true}})");
    CAF_CHECK_EQUAL(all.at(0).data, text);
    CAF_CHECK(all.at(0).data_is_json);
    CAF_CHECK(all.at(0).transient);
  }
  CAF_CHECK_EQUAL(refused(R"({"stream":"\ud83d","data":"1"})", errc::malformed_json),
                  R"(malformed JSON: half a surrogate pair in "stream" at byte 11)");
}

CAF_TEST(JSON in a text that holds half a surrogate pair keeps it as an escape) {
  const auto all = broadcasts(R"({"stream":"s","data":"{\"te\u0078t\":\"\ud83d\ude00 \\u00e9 \ud83d\"}"})");
  CAF_CHECK_EQUAL(all.at(0).data, "{\"text\":\"\U0001F600 \\u00e9 \\ud83d\"}");
  CAF_CHECK(all.at(0).data_is_json);
}

CAF_TEST(a batch keeps its order) {
  const auto all = broadcasts(
      R"([{"stream":"a","data":"1","meta":{"exclude_socket":"sid","transient":true}},{"stream":"b","data":"2"},{"stream":"a","data":"x"}])");
  CAF_REQUIRE_EQUAL(all.size(), 3u);
  CAF_CHECK_EQUAL(all[0].stream, "a");
  CAF_CHECK_EQUAL(all[0].exclude_socket, "sid");
  CAF_CHECK_EQUAL(all[1].stream, "b");
  CAF_CHECK_EQUAL(all[1].exclude_socket, "");
  CAF_CHECK(!all[1].transient);
  CAF_CHECK_EQUAL(all[2].data, "x");
  CAF_CHECK(!all[2].data_is_json);
}

CAF_TEST(unknown keys are ignored at every level) {
  const auto all = broadcasts(
      R"([{"other":{"stream":"no","meta":{"transient":true}},"stream":"s","list":[{"stream":"no"}],"data":"1","epoch":"E","meta":{"x":{"transient":true}}}])");
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_CHECK_EQUAL(all[0].stream, "s");
  CAF_CHECK(!all[0].transient);
  CAF_CHECK_EQUAL(refused(R"({"command":"disconnect","payload":{"x":{"identifier":"i"}},"other":{"identifier":"i"}})",
                          errc::missing_key),
                  R"("identifier" must be a non-empty string, found nothing)");
}

CAF_TEST(of equal keys the last one counts and nothing of the others) {
  const auto all = broadcasts(
      R"({"stream":7,"stream":"s","data":"1","meta":{"exclude_socket":"sid","transient":true},"meta":{"broadcast_type":"t"}})");
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_CHECK_EQUAL(all[0].stream, "s");
  CAF_CHECK_EQUAL(all[0].exclude_socket, "");
  CAF_CHECK_EQUAL(all[0].broadcast_type, "t");
  CAF_CHECK(!all[0].transient);
  const auto without = broadcasts(R"({"stream":"s","data":"1","meta":{"exclude_socket":"sid"},"meta":null})");
  CAF_CHECK_EQUAL(without.at(0).exclude_socket, "");
  CAF_CHECK_EQUAL(refused(R"({"command":"disconnect","payload":{"identifier":"i"},"payload":{"reconnect":true}})",
                          errc::missing_key),
                  R"("identifier" must be a non-empty string, found nothing)");
}

CAF_TEST(a batch is taken up to its limit) {
  CAF_CHECK_EQUAL(broadcasts(batch_of(max_batch)).size(), max_batch);
  CAF_CHECK_EQUAL(refused(batch_of(max_batch + 1), errc::too_large), "a batch must hold at most 10000 publications");
}

CAF_TEST(an empty batch is refused) {
  CAF_CHECK_EQUAL(refused("[]", errc::empty_value), "a batch must hold at least one publication");
}

CAF_TEST(a batch is refused as a whole with the index) {
  CAF_CHECK_EQUAL(
      refused(
          R"([{"stream":"a","data":"1"},{"stream":"b","data":"1"},{"stream":"c","data":"1"},{"stream":5,"data":"1"},{}])",
          errc::wrong_type),
      R"(publication 3: "stream" must be a non-empty string, found a number)");
  CAF_CHECK_EQUAL(refused(R"([{"stream":"a"}])", errc::missing_key),
                  R"(publication 0: "data" must be a JSON value, found nothing)");
  CAF_CHECK_EQUAL(refused(R"([{"stream":"a","data":"1"},null])", errc::wrong_type),
                  "publication 1: a publication must be an object, found null");
  CAF_CHECK_EQUAL(refused(R"([[{"stream":"a","data":"1"}]])", errc::wrong_type),
                  "publication 0: a publication must be an object, found an array");
}

CAF_TEST(the first fault of a batch is the one reported) {
  CAF_CHECK_EQUAL(refused(R"([{"stream":7,"data":"1"},{"stream":"a","data":"1"},{"stream":"b"}])", errc::wrong_type),
                  R"(publication 0: "stream" must be a non-empty string, found a number)");
}

CAF_TEST(a batch holds broadcasts only) {
  CAF_CHECK_EQUAL(refused(R"([{"stream":"a","data":"1"},{"command":"disconnect","payload":{"identifier":"i"}}])",
                          errc::wrong_value),
                  "publication 1: a batch may hold broadcasts only, found a command");
}

CAF_TEST(the stream must be a non - empty string) {
  CAF_CHECK_EQUAL(refused(R"({"data":"1"})", errc::missing_key),
                  R"("stream" must be a non-empty string, found nothing)");
  CAF_CHECK_EQUAL(refused("{}", errc::missing_key), R"("stream" must be a non-empty string, found nothing)");
  CAF_CHECK_EQUAL(refused(R"({"stream":"","data":"1"})", errc::empty_value),
                  R"("stream" must be a non-empty string, found an empty string)");
  CAF_CHECK_EQUAL(refused(R"({"stream":null,"data":"1"})", errc::wrong_type),
                  R"("stream" must be a non-empty string, found null)");
  CAF_CHECK_EQUAL(refused(R"({"stream":["s"],"data":"1"})", errc::wrong_type),
                  R"("stream" must be a non-empty string, found an array)");
}

CAF_TEST(there must be data) {
  CAF_CHECK_EQUAL(refused(R"({"stream":"s"})", errc::missing_key), R"("data" must be a JSON value, found nothing)");
  const auto empty = broadcasts(R"({"stream":"s","data":""})");
  CAF_CHECK_EQUAL(empty.at(0).data, "");
  CAF_CHECK(!empty.at(0).data_is_json);
}

CAF_TEST(data that is no string is the message byte for byte) {
  for (const std::string json :
       {R"({"b":1,"a":12345678901234567890})", R"({"data":{"stream":"no"},"meta":{"transient":true}})",
        R"([1, [2 ] ,{}])", "{}", "[]", "0", "-1.50e+2", "1e400", "true", "false", "null", R"(["cut \ud83d"])"}) {
    const auto one = broadcasts(R"({"stream":"s","data": )" + json + R"( ,"meta":{"exclude_socket":"sid"}})");
    CAF_CHECK_EQUAL(one.at(0).data, json);
    CAF_CHECK(one.at(0).data_is_json);
    CAF_CHECK(!one.at(0).transient);
    CAF_CHECK_EQUAL(one.at(0).exclude_socket, "sid");
    const auto many = broadcasts(R"([{"data":)" + json + R"(,"stream":"s"},{"stream":"t","data":"x"}])");
    CAF_CHECK_EQUAL(many.at(0).data, json);
    CAF_CHECK_EQUAL(many.at(1).data, "x");
  }
}

CAF_TEST(of several data the last one counts whatever it is) {
  const auto data_of = [](const std::string& text) { return broadcasts(text).at(0).data; };
  CAF_CHECK_EQUAL(data_of(R"({"stream":"s","data":{"a":1},"data":"x"})"), "x");
  CAF_CHECK_EQUAL(data_of(R"({"stream":"s","data":"x","data":[1]})"), "[1]");
  CAF_CHECK_EQUAL(data_of(R"({"stream":"s","data":[1],"data":2})"), "2");
}

CAF_TEST(meta and what is known in it must be of its type) {
  CAF_CHECK_EQUAL(refused(R"({"stream":"s","data":"1","meta":"x"})", errc::wrong_type),
                  R"("meta" must be an object, found a string)");
  CAF_CHECK_EQUAL(refused(R"({"stream":"s","data":"1","meta":[]})", errc::wrong_type),
                  R"("meta" must be an object, found an array)");
  CAF_CHECK_EQUAL(refused(R"({"stream":"s","data":"1","meta":{"exclude_socket":1}})", errc::wrong_type),
                  R"("exclude_socket" must be a string, found a number)");
  CAF_CHECK_EQUAL(refused(R"({"stream":"s","data":"1","meta":{"broadcast_type":{}}})", errc::wrong_type),
                  R"("broadcast_type" must be a string, found an object)");
  CAF_CHECK_EQUAL(refused(R"({"stream":"s","data":"1","meta":{"transient":"yes"}})", errc::wrong_type),
                  R"("transient" must be a boolean, found a string)");
}

CAF_TEST(a remote disconnect is read) {
  const auto all =
      command(R"({"command":"disconnect","payload":{"identifier":"{\"user\":\"gid://a/User/1\"}","reconnect":false}})");
  CAF_CHECK_EQUAL(all.identifier, R"({"user":"gid://a/User/1"})");
  CAF_CHECK(!all.reconnect);
  CAF_CHECK(command(R"({"payload":{"reconnect":true,"identifier":"i"},"command":"disconnect"})").reconnect);
  CAF_CHECK(command(R"({"command":"disconnect","payload":{"identifier":"i"}})").reconnect);
  CAF_CHECK(command(R"({"command":"disconnect","payload":{"identifier":"i","reconnect":null}})").reconnect);
}

CAF_TEST(a malformed command is refused with the reason) {
  CAF_CHECK_EQUAL(refused(R"({"command":"restart","payload":{"identifier":"i"}})", errc::unknown_command),
                  R"(unknown command "restart")");
  CAF_CHECK_EQUAL(refused(R"({"command":7})", errc::wrong_type), R"("command" must be a string, found a number)");
  CAF_CHECK_EQUAL(refused(R"({"command":"disconnect"})", errc::missing_key),
                  R"("payload" must be an object, found nothing)");
  CAF_CHECK_EQUAL(refused(R"({"command":"disconnect","payload":"i"})", errc::wrong_type),
                  R"("payload" must be an object, found a string)");
  CAF_CHECK_EQUAL(refused(R"({"command":"disconnect","payload":{}})", errc::missing_key),
                  R"("identifier" must be a non-empty string, found nothing)");
  CAF_CHECK_EQUAL(refused(R"({"command":"disconnect","payload":{"identifier":""}})", errc::empty_value),
                  R"("identifier" must be a non-empty string, found an empty string)");
  CAF_CHECK_EQUAL(refused(R"({"command":"disconnect","payload":{"identifier":{"id":1}}})", errc::wrong_type),
                  R"("identifier" must be a non-empty string, found an object)");
  CAF_CHECK_EQUAL(
      refused(R"({"command":"disconnect","payload":{"identifier":"i","reconnect":"no"}})", errc::wrong_type),
      R"("reconnect" must be a boolean, found a string)");
}

CAF_TEST(with a stream it is a broadcast and not a command) {
  CAF_CHECK_EQUAL(broadcasts(R"({"command":"disconnect","stream":"s","data":"1"})").size(), 1u);
}

CAF_TEST(what is neither object nor array is refused) {
  for (const std::string_view body : {"null", "true", "7", "\"stream\""}) {
    CAF_CHECK(refused(body, errc::wrong_type).starts_with("a publication must be an object, found "));
  }
}

CAF_TEST(malformed JSON is refused) {
  for (const std::string_view body :
       {"", "{", "garbage", "{\"stream\":\"s\",\"data\":\"1\"}x", "[{\"stream\":\"s\",\"data\":\"1\"},]",
        "{\"stream\":\"\xff\",\"data\":\"1\"}", "stream=s&data=1"}) {
    CAF_CHECK(refused(body, errc::malformed_json).starts_with("malformed JSON"));
  }
  CAF_CHECK(refused(std::string(1'000'000, '['), errc::malformed_json).find("nested deeper than 128") !=
            std::string::npos);
}

CAF_TEST(truncated at any byte a publication is refused) {
  for (const std::string_view whole :
       {R"({"stream":"s\u00e9","data":"{}","meta":{"exclude_socket":"x","transient":true}})",
        R"([{"stream":"s","data":"1"},{"stream":"t","data":"2"}])",
        R"({"command":"disconnect","payload":{"identifier":"i","reconnect":false}})"}) {
    CAF_CHECK(decode_publication(whole).has_value());
    for (std::size_t size = 0; size < whole.size(); ++size) {
      CAF_CHECK(refused(whole.substr(0, size), errc::malformed_json).starts_with("malformed JSON"));
    }
  }
}
