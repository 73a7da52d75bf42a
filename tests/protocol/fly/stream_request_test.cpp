// Labels: hardened
#define CAF_SUITE fly_stream_request
#include "protocol/fly/stream_request.hpp"

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
