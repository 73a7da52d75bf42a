// Labels: hardened
#define CAF_SUITE stream_channels
#include "protocol/action_cable/stream_channels.hpp"

#include "caf/test/unit_test.hpp"
#include "protocol/auth/signed_stream.hpp"
#include "protocol/json/json_text.hpp"
#include "protocol/text/utf8.hpp"

using namespace ability;

namespace {

std::string identifier_of(std::string_view channel, std::string_view key, std::string_view name) {
  std::string out = R"({"channel":)";
  append_json_string(out, channel);
  out += ',';
  append_json_string(out, key);
  out += ':';
  append_json_string(out, name);
  return out += '}';
}

std::string pubsub(std::string_view signed_name) { return identifier_of("$pubsub", "signed_stream_name", signed_name); }
std::string turbo(std::string_view signed_name) {
  return identifier_of("Turbo::StreamsChannel", "signed_stream_name", signed_name);
}
std::string cable_ready(std::string_view signed_name) {
  return identifier_of("CableReady::Stream", "identifier", signed_name);
}

constexpr std::string_view public_news = R"({"channel":"$pubsub","stream_name":"news"})";

stream_channel_settings everything() {
  return {.public_streams = true,
          .whisper_signed = true,
          .streams_secret = "streams",
          .turbo = true,
          .turbo_secret = "turbo",
          .cable_ready = true,
          .cable_ready_secret = "cable"};
}

/// The stream, "news" or "news!" if clients may whisper, else "application" or the code of the error.
std::string outcome(std::string_view identifier, const stream_channel_settings& settings) {
  const auto found = named_stream_of(identifier, settings);
  if (!found) {
    return "application";
  }
  if (!*found) {
    CAF_CHECK(is_utf8(found->error().detail));
    return make_error_code(found->error().code).message();
  }
  return (*found)->stream + ((*found)->whisper ? "!" : "");
}

const std::string bad_signature = make_error_code(errc::bad_signature).message();
const std::string wrong_value = make_error_code(errc::wrong_value).message();
const std::string wrong_type = make_error_code(errc::wrong_type).message();
const std::string missing_key = make_error_code(errc::missing_key).message();
const std::string empty_value = make_error_code(errc::empty_value).message();

}  // namespace

CAF_TEST(parameters that are passed through may hold half a surrogate pair) {
  CAF_CHECK_EQUAL(outcome(R"({"channel":"ChatChannel","room":"\ud83d"})", everything()), "application");
  CAF_CHECK_EQUAL(outcome(R"({"channel":"$pubsub","stream_name":"news","tab":"\ud83d"})", everything()), "news!");
  CAF_CHECK_EQUAL(outcome(R"({"channel":"$pubsub","stream_name":"\ud83d"})", everything()), "application");
}

CAF_TEST(each channel names its stream) {
  const auto all = everything();
  CAF_CHECK_EQUAL(outcome(public_news, all), "news!");
  CAF_CHECK_EQUAL(outcome(pubsub(sign_stream("news", "streams")), all), "news!");
  CAF_CHECK_EQUAL(outcome(turbo(sign_stream("news", "turbo")), all), "news");
  CAF_CHECK_EQUAL(outcome(cable_ready(sign_stream("news", "cable")), all), "news");
}

CAF_TEST(clients may whisper on signed streams only where that is on) {
  auto settings = everything();
  settings.whisper_signed = false;
  CAF_CHECK_EQUAL(outcome(pubsub(sign_stream("news", "streams")), settings), "news");
  CAF_CHECK_EQUAL(outcome(public_news, settings), "news!");
}

CAF_TEST(a secret that is not given is the one of signed streams) {
  auto settings = everything();
  settings.turbo_secret.clear();
  settings.cable_ready_secret.clear();
  CAF_CHECK_EQUAL(outcome(turbo(sign_stream("news", "streams")), settings), "news");
  CAF_CHECK_EQUAL(outcome(cable_ready(sign_stream("news", "streams")), settings), "news");
  CAF_CHECK_EQUAL(outcome(turbo(sign_stream("news", "turbo")), settings), bad_signature);
}

CAF_TEST(a secret is for its channel alone) {
  const auto all = everything();
  CAF_CHECK_EQUAL(outcome(pubsub(sign_stream("news", "turbo")), all), bad_signature);
  CAF_CHECK_EQUAL(outcome(turbo(sign_stream("news", "streams")), all), bad_signature);
  CAF_CHECK_EQUAL(outcome(turbo(sign_stream("news", "cable")), all), bad_signature);
  CAF_CHECK_EQUAL(outcome(cable_ready(sign_stream("news", "turbo")), all), bad_signature);
}

CAF_TEST(without a secret nothing signed is right) {
  const stream_channel_settings settings{.turbo = true, .cable_ready = true};
  for (const auto secret : {"", "streams"}) {
    const auto name = sign_stream("news", secret);
    CAF_CHECK_EQUAL(outcome(pubsub(name), settings), wrong_value);
    CAF_CHECK_EQUAL(outcome(turbo(name), settings), wrong_value);
    CAF_CHECK_EQUAL(outcome(cable_ready(name), settings), wrong_value);
  }
}

CAF_TEST(public streams are off unless asked for) {
  auto settings = everything();
  settings.public_streams = false;
  CAF_CHECK_EQUAL(outcome(public_news, settings), wrong_value);
  CAF_CHECK_EQUAL(outcome(public_news, {}), wrong_value);
  CAF_CHECK_EQUAL(outcome(R"({"channel":"$pubsub"})", settings), missing_key);
}

CAF_TEST(of both names the signed one counts) {
  const auto both = [](std::string_view signed_name) {
    return R"({"channel":"$pubsub","stream_name":"news","signed_stream_name":")" + std::string{signed_name} + "\"}";
  };
  const auto all = everything();
  CAF_CHECK_EQUAL(outcome(both(sign_stream("sports", "streams")), all), "sports!");
  CAF_CHECK_EQUAL(outcome(both(sign_stream("sports", "forged")), all), bad_signature);
  CAF_CHECK_EQUAL(outcome(both(""), all), empty_value);
  CAF_CHECK_EQUAL(outcome(R"({"channel":"$pubsub","stream_name":"news","signed_stream_name":null})", all), "news!");
  CAF_CHECK_EQUAL(outcome(R"({"channel":"$pubsub","stream_name":"news","signed_stream_name":1})", all), wrong_type);
}

CAF_TEST(a name must be a text) {
  const auto all = everything();
  CAF_CHECK_EQUAL(outcome(R"({"channel":"$pubsub"})", all), missing_key);
  CAF_CHECK_EQUAL(outcome(R"({"channel":"$pubsub","stream_name":""})", all), empty_value);
  CAF_CHECK_EQUAL(outcome(R"({"channel":"$pubsub","stream_name":["news"]})", all), wrong_type);
  CAF_CHECK_EQUAL(outcome(R"({"channel":"Turbo::StreamsChannel","stream_name":"news"})", all), missing_key);
  CAF_CHECK_EQUAL(outcome(R"({"channel":"Turbo::StreamsChannel","signed_stream_name":""})", all), empty_value);
  CAF_CHECK_EQUAL(outcome(R"({"channel":"CableReady::Stream","signed_stream_name":"a--b"})", all), missing_key);
  CAF_CHECK_EQUAL(outcome(R"({"channel":"CableReady::Stream","identifier":{}})", all), wrong_type);
}

CAF_TEST(the application decides about all other identifiers) {
  const auto all = everything();
  for (const auto identifier :
       {"", "x", "{}", "[]", "null", R"("$pubsub")", R"({"channel":"ChatChannel","stream_name":"news"})",
        R"({"channel":1})", R"({"channel":null,"stream_name":"news"})", R"({"channel":["$pubsub"]})",
        R"({"channel":""})", R"({"stream_name":"news"})", R"({"channel":"$Pubsub","stream_name":"news"})",
        R"({"channel":"turbo::streamschannel"})", R"({"channel":"$pubsub","stream_name":"news")"}) {
    CAF_CHECK_EQUAL(outcome(identifier, all), "application");
  }
}

CAF_TEST(turbo and cable ready are channels of the application unless they are on) {
  const stream_channel_settings settings{.streams_secret = "streams", .turbo_secret = "turbo"};
  CAF_CHECK_EQUAL(outcome(turbo(sign_stream("news", "turbo")), settings), "application");
  CAF_CHECK_EQUAL(outcome(cable_ready(sign_stream("news", "streams")), settings), "application");
}
