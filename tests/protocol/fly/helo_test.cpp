#define CAF_SUITE fly_helo
#include "protocol/fly/helo.hpp"

#include "caf/test/unit_test.hpp"
#include "protocol/fly/remote_error.hpp"

using namespace ability;
using namespace ability::fly;

namespace {

errc refused(std::string_view buffer) {
  const auto helo = decode_helo_request(buffer);
  CAF_REQUIRE(helo.has_error());
  return helo.error().code;
}

}  // namespace

CAF_TEST(a request is read) {
  const auto helo = decode_helo_request(
      R"({"version":1,"serializers":["msgpack","x","json"],"compression":["br","deflate"],"ack":true,"token":"t",
          "headers":{"cookie":"c"},"role":"client","unknown":[1]})");
  CAF_REQUIRE(helo.has_value());
  CAF_CHECK(helo->serializers == (std::vector<serializer>{serializer::msgpack, serializer::json}));
  CAF_CHECK(helo->deflate);
  CAF_CHECK(helo->ack);
  CAF_CHECK_EQUAL(helo->token, "t");
  CAF_CHECK(helo->headers == (text_map{{"cookie", "c"}}));
  CAF_CHECK_EQUAL(helo->role, "client");
}

CAF_TEST(every key of a request is optional) {
  for (const auto* nothing : {"{}", R"({"version":null,"headers":null,"ack":null,"token":null})"}) {
    const auto helo = decode_helo_request(nothing);
    CAF_REQUIRE(helo.has_value());
    CAF_CHECK(helo->serializers.empty());
    CAF_CHECK(!helo->deflate && !helo->ack);
  }
}

CAF_TEST(what is no request is refused) {
  CAF_CHECK(refused("") == errc::malformed_json);
  CAF_CHECK(refused("{") == errc::malformed_json);
  CAF_CHECK(refused("[]") == errc::wrong_type);
  CAF_CHECK(refused(R"({"version":2})") == errc::wrong_value);
  CAF_CHECK(refused(R"({"version":"1"})") == errc::wrong_type);
  CAF_CHECK(refused(R"({"version":99999999999999999999})") == errc::wrong_type);
  CAF_CHECK(refused(R"({"serializers":"json"})") == errc::wrong_type);
  CAF_CHECK(refused(R"({"serializers":[1]})") == errc::wrong_type);
  CAF_CHECK(refused(R"({"headers":{"a":1}})") == errc::wrong_type);
  CAF_CHECK(refused(R"({"ack":1})") == errc::wrong_type);
  CAF_CHECK(refused(R"({"token":{}})") == errc::wrong_type);
}

CAF_TEST(requests and replies come back) {
  helo_request request{.serializers = {serializer::protobuf}, .deflate = true, .ack = true, .token = "t"};
  request.headers = {{"a", "b"}};
  request.role = "gateway";
  request.node = "n";
  request.proof = "p";
  request.nonce = "q";
  const auto back = decode_helo_request(encode_helo(request));
  CAF_REQUIRE(back.has_value());
  CAF_CHECK_EQUAL(encode_helo(*back), encode_helo(request));
  const helo_reply reply{.serializer = serializer::msgpack, .deflate = true, .ack = true, .session = "s"};
  CAF_CHECK_EQUAL(
      encode_helo(reply),
      R"({"version":1,"serializer":"msgpack","compression":"deflate","ack":true,"session":"s","max_payload":65535})");
  const auto again = decode_helo_reply(encode_helo(reply));
  CAF_REQUIRE(again.has_value());
  CAF_CHECK_EQUAL(encode_helo(*again), encode_helo(reply));
}

CAF_TEST(positions and an earlier session are asked for and told) {
  const auto request = decode_helo_request(R"({"positions":true,"resume":"sid"})");
  CAF_REQUIRE(request.has_value());
  CAF_CHECK(request->positions);
  CAF_CHECK_EQUAL(request->resume, "sid");
  CAF_CHECK_EQUAL(encode_helo(*request), R"({"version":1,"positions":true,"resume":"sid"})");
  const auto neither = decode_helo_request(R"({"positions":null,"resume":null})");
  CAF_CHECK(!neither->positions && neither->resume.empty());
  CAF_CHECK(refused(R"({"positions":1})") == errc::wrong_type);
  CAF_CHECK(refused(R"({"resume":true})") == errc::wrong_type);
  const helo_reply restored{.positions = true, .session = "s", .restored = true, .restored_ids = {1, 65'535}};
  CAF_CHECK_EQUAL(
      encode_helo(restored),
      R"({"version":1,"serializer":"json","positions":true,"session":"s","restored":true,"restored_ids":[1,65535],"max_payload":65535})");
  const auto back = decode_helo_reply(encode_helo(restored));
  CAF_REQUIRE(back.has_value());
  CAF_CHECK(back->positions && back->restored == true);
  CAF_CHECK(back->restored_ids == (std::vector<std::uint16_t>{1, 65'535}));
  CAF_CHECK(encode_helo(helo_reply{.session = "s", .restored = false}).find(R"("restored":false)") !=
            std::string::npos);
  CAF_CHECK(!decode_helo_reply("{}")->restored && !decode_helo_reply("{}")->positions);
  for (const auto* bad : {R"({"restored":1})", R"({"restored_ids":[-1]})", R"({"restored_ids":[65536]})",
                          R"({"restored_ids":["1"]})", R"({"restored_ids":1})", R"({"positions":"yes"})"})
    CAF_CHECK(decode_helo_reply(bad).has_error());
}

CAF_TEST(a reply cannot raise what a packet holds) {
  CAF_CHECK(decode_helo_reply(R"({"max_payload":1000000})")->max_payload == 65'535u);
  CAF_CHECK(decode_helo_reply(R"({"max_payload":7})")->max_payload == 7u);
  CAF_CHECK(decode_helo_reply(R"({"max_payload":-1})").has_error());
  CAF_CHECK(decode_helo_reply(R"({"serializer":"xml"})").has_error());
}

CAF_TEST(the first wanted serializer that is known is taken) {
  using enum serializer;
  CAF_CHECK(choose({msgpack, json}, {json, msgpack}) == msgpack);
  CAF_CHECK(choose({protobuf, json}, {json, msgpack}) == json);
  CAF_CHECK(choose({protobuf}, {json}) == json);
  CAF_CHECK(choose({}, {msgpack}) == json);
}

CAF_TEST(errors travel) {
  const remote_error error{error_code::not_found, "no command 7"};
  CAF_CHECK_EQUAL(encode_error(error), (std::string{"\0\0\x27\x10no command 7", 16}));
  const auto back = decode_error(encode_error(error));
  CAF_CHECK(back.is(error_code::not_found));
  CAF_CHECK_EQUAL(back.text, "no command 7");
  CAF_CHECK(decode_error("abc").is(error_code::handler_error));
  CAF_CHECK(decode_error("").is(error_code::handler_error));
  CAF_CHECK(decode_error(std::string{"\0\0\0\1\xff", 5}).text.empty());
  CAF_CHECK(decode_error(std::string{"\0\0\0\1\xff", 5}).code == 1u);
  CAF_CHECK_EQUAL(encode_error(remote_error{error_code::timeout, std::string(70'000, 'x')}).size(), 65'535u);
  CAF_CHECK_EQUAL(name_of(10'401), "unauthorized");
  CAF_CHECK_EQUAL(name_of(7), "error 7");
}
