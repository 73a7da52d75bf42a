// Labels: hardened
#define CAF_SUITE fly_stream_request
#include "protocol/fly/stream_request.hpp"

#include <limits>

#include "caf/test/unit_test.hpp"

using namespace ability;
using namespace ability::fly;

namespace {

std::string identifier(std::string_view buffer) { return identifier_of(buffer).value(); }

}  // namespace

CAF_TEST(a name stands for a subscription to a public stream) {
  CAF_CHECK_EQUAL(identifier("chat_1"), R"({"channel":"$pubsub","stream_name":"chat_1"})");
  CAF_CHECK_EQUAL(identifier("a\"b--c"), R"({"channel":"$pubsub","stream_name":"a\"b--c"})");
}

CAF_TEST(a signed name stands for a subscription to a signed stream) {
  const auto name = "ImNoYXQi--" + std::string(64, 'a');
  CAF_CHECK_EQUAL(identifier(name), R"({"channel":"$pubsub","signed_stream_name":")" + name + "\"}");
}

CAF_TEST(an identifier stands for itself) {
  CAF_CHECK_EQUAL(identifier(R"({ "channel":"Chat"})"), R"({ "channel":"Chat"})");
}

CAF_TEST(nothing and bytes that are no text are refused) {
  CAF_CHECK(identifier_of("").error().code == errc::empty_value);
  CAF_CHECK(identifier_of("\xff").error().code == errc::invalid_utf8);
  CAF_CHECK(identifier_of("{\xc0}").error().code == errc::invalid_utf8);
}

namespace {

constexpr std::uint64_t epoch = 0x0123456789abcdef;

fault refused(const std::string& buffer) {
  const auto read = read_stream_request(buffer);
  CAF_REQUIRE(read.has_error());
  return read.error();
}

std::string since(const std::string& value) { return R"({"subscribe":"s","since":)" + value + "}"; }

std::string position(const std::string& epoch_of, const std::string& offset) {
  return R"({"epoch":)" + epoch_of + R"(,"offset":)" + offset + "}";
}

}  // namespace

CAF_TEST(a subscription that is not wrapped stays as it was) {
  for (const auto* name : {"chat_1", R"({"channel":"Chat"})", R"({"channel":"Chat","subscribe":"x"})", "{no JSON", "{",
                           R"({"subscribed":"x"})", R"({"\u0073ubscribe":"x"})", R"( {"subscribe":"x"})"}) {
    const auto read = read_stream_request(name);
    CAF_REQUIRE(read.has_value());
    CAF_CHECK(!read->is_wrapped && !read->since);
    CAF_CHECK_EQUAL(read->identifier, identifier(name));
  }
  CAF_CHECK(refused("").code == errc::empty_value);
  CAF_CHECK(refused("\xff").code == errc::invalid_utf8);
}

CAF_TEST(a wrapped subscription names its stream) {
  for (const auto* buffer :
       {R"({"subscribe":"s"})", R"({ "subscribe" : "s" , "more" : [1] })", R"({"subscribe":"s","since":null})",
        R"({"subscribe":"s","since":[]})", R"({"subscribe":"other","subscribe":"s"})"}) {
    const auto read = read_stream_request(buffer);
    CAF_REQUIRE(read.has_value());
    CAF_CHECK(read->is_wrapped && !read->since);
    CAF_CHECK_EQUAL(read->identifier, identifier("s"));
  }
  CAF_CHECK_EQUAL(read_stream_request(R"({"subscribe":"{\"channel\":\"C\"}"})")->identifier, R"({"channel":"C"})");
}

CAF_TEST(missed messages are asked for by positions) {
  const auto one = read_stream_request(since(position(R"("0123456789abcdef")", "7")));
  CAF_REQUIRE(one.has_value());
  CAF_REQUIRE(one->since);
  CAF_CHECK(one->since->is_valid && !one->since->since && one->since->streams.empty());
  CAF_CHECK(one->since->unnamed == (std::vector<stream_position>{{epoch, 7}}));
  const auto more = read_stream_request(since("[" + position(R"("ffffffffffffffff")", "18446744073709551615") + "," +
                                              position(R"("0123456789ABCDEF")", "0") + "]"));
  CAF_REQUIRE(more.has_value());
  CAF_REQUIRE_EQUAL(more->since->unnamed.size(), 2u);
  CAF_CHECK(*more->since->find_unnamed(epoch) == (stream_position{epoch, 0}));
  CAF_CHECK_EQUAL(more->since->find_unnamed(~std::uint64_t{0})->offset, ~std::uint64_t{0});
  CAF_CHECK(more->since->find_unnamed(5) == nullptr);
}

CAF_TEST(what a Confirm tells can be asked for) {
  const auto read = read_stream_request(since(R"([{"epoch":"0123456789abcdef","offset":7,"last":9}])"));
  CAF_CHECK(read->since->unnamed == (std::vector<stream_position>{{epoch, 7}}));
  const std::vector<stream_position> known{{epoch, 7}, {1, 2}};
  const auto back = read_stream_request(encode_stream_request("a\"b", known));
  CAF_REQUIRE(back.has_value());
  CAF_CHECK_EQUAL(back->identifier, identifier("a\"b"));
  CAF_CHECK_EQUAL(back->since->unnamed.size(), 2u);
  CAF_CHECK_EQUAL(encode_stream_request("s", {}), R"({"subscribe":"s"})");
  CAF_CHECK_EQUAL(encode_stream_request("s", {}, 7), R"({"subscribe":"s","since":7})");
  CAF_CHECK_EQUAL(encode_stream_request("a\"b", known, 7), encode_stream_request("a\"b", known));
}

CAF_TEST(missed messages are asked for by time) {
  const auto time_in = [](const std::string& value) { return read_stream_request(since(value))->since->since; };
  CAF_CHECK(time_in("1700000000") == 1'700'000'000);
  CAF_CHECK(time_in("1700000000.9") == 1'700'000'000);
  CAF_CHECK(time_in("0") == 0);
  CAF_CHECK(time_in("18446744073709551615") == std::numeric_limits<std::int64_t>::max() / 1'000);
  CAF_CHECK(time_in("1e300") == std::numeric_limits<std::int64_t>::max() / 1'000);
}

CAF_TEST(a wrapped subscription with a mistake is refused with its place) {
  CAF_CHECK(refused(R"({"subscribe")").code == errc::malformed_json);
  CAF_CHECK(refused(R"({"subscribe":"s")").code == errc::malformed_json);
  CAF_CHECK(refused("{\"subscribe\":\"\xff\"}").code == errc::malformed_json);
  CAF_CHECK(refused(R"({"subscribe":1})").code == errc::wrong_type);
  CAF_CHECK(refused(R"({"subscribe":""})").code == errc::empty_value);
  for (const auto* value : {"-1", "true", R"("1700000000")", R"("")", "-0.5"})
    CAF_CHECK(refused(since(value)).code == errc::wrong_type);
  CAF_CHECK_EQUAL(refused(since("true")).detail,
                  R"("since" must be a time in seconds, a position or an array of positions, found "true")");
  CAF_CHECK(refused(since("{}")).code == errc::missing_key);
  CAF_CHECK(refused(since("[1]")).code == errc::wrong_type);
  CAF_CHECK(refused(since("[[]]")).code == errc::wrong_type);
  const std::string good = R"("0123456789abcdef")";
  for (const auto* bad : {"7", "null"})
    CAF_CHECK(refused(since(position(bad, "1"))).code == errc::wrong_type);
  for (const auto* bad : {R"("")", R"("0123456789abcde")", R"("0123456789abcdeg")", R"("0123456789abcdef0")"})
    CAF_CHECK(refused(since(position(bad, "1"))).code == errc::wrong_value);
  for (const auto* bad : {"-1", "1.5", "18446744073709551616", R"("7")", "null", "{}"})
    CAF_CHECK(refused(since(position(good, bad))).code == errc::wrong_type);
  CAF_CHECK(refused(since("[" + position(good, "1") + "," + position(good, "2") + "]")).code == errc::wrong_value);
  CAF_CHECK_EQUAL(refused(since(position(good, "-1"))).detail, R"(since: "offset" must be a whole number, found "-1")");
}

CAF_TEST(a wrapped subscription may be as long as a packet) {
  const auto long_name = R"({"subscribe":")" + std::string(65'000, 'x') + R"("})";
  CAF_CHECK_EQUAL(read_stream_request(long_name)->identifier, identifier(std::string(65'000, 'x')));
  CAF_CHECK(refused(R"({"subscribe":)" + std::string(65'000, '[')).code == errc::malformed_json);
  CAF_CHECK(refused(since(std::string(30'000, '[') + std::string(30'000, ']'))).code == errc::wrong_type);
  constexpr std::size_t levels = 1'000'000;  // each would take some of the stack if it were copied
  const auto nested = std::string(levels, '[') + std::string(levels, ']');
  CAF_CHECK(read_stream_request(since(R"({"epoch":"0123456789abcdef","offset":7,"x":)" + nested + "}"))->since);
  CAF_CHECK(refused(since(position(R"("0123456789abcdef")", nested))).code == errc::wrong_type);
  std::string many = "[";
  for (int i = 1'000; i < 2'000; ++i)
    many += position("\"000000000000" + std::to_string(i) + "\"", "1") + ',';
  many.back() = ']';
  CAF_CHECK_EQUAL(read_stream_request(since(many))->since->unnamed.size(), 1'000u);
}

CAF_TEST(what an application transmits is translated) {
  const auto confirmed = translate(R"({"type":"confirm_subscription","identifier":"{\"channel\":\"C\"}"})");
  CAF_REQUIRE(std::holds_alternative<confirmation>(confirmed));
  CAF_CHECK_EQUAL(std::get<confirmation>(confirmed).identifier, R"({"channel":"C"})");
  CAF_CHECK(std::holds_alternative<rejection>(translate(R"({"identifier":"i","type":"reject_subscription"})")));
}

CAF_TEST(a message of a channel comes through as it is) {
  const auto said =
      std::get<channel_message>(translate(R"({"identifier":"i","message":{"b":1,"a":12345678901234567890}})"));
  CAF_CHECK_EQUAL(said.identifier, "i");
  CAF_CHECK_EQUAL(said.data, R"({"b":1,"a":12345678901234567890})");
  const auto escaped = translate(R"({"identifier":"i","message":"h\u0069"})");
  CAF_CHECK_EQUAL(std::get<channel_message>(escaped).data, "hi");
}

CAF_TEST(a message that no reader can hold comes through as it stands) {
  const auto said = [](std::string_view message) {
    return std::get<channel_message>(
               translate(R"({"x":"\udc00","identifier":"i","message":)" + std::string{message} + "}"))
        .data;
  };
  CAF_CHECK_EQUAL(said(R"({"text":"cut \ud83d"})"), R"({"text":"cut \ud83d"})");
  CAF_CHECK_EQUAL(said(R"("cut \ud83d")"), R"("cut \ud83d")");
  CAF_CHECK_EQUAL(said("1e400"), "1e400");
  CAF_CHECK(std::holds_alternative<untranslatable>(translate(R"({"identifier":"\ud83d","message":1})")));
}

CAF_TEST(anything else means nothing to such a client) {
  for (const auto* text :
       {"", "hello", "[]", "{}", R"({"type":"welcome"})", R"({"identifier":"i"})", R"({"message":1})",
        R"({"identifier":1,"message":1})", R"("identifier")", "{\"identifier\":\"i\",\"message\":"})
    CAF_CHECK(std::holds_alternative<untranslatable>(translate(text)));
}
