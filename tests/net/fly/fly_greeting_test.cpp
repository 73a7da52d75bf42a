#define CAF_SUITE fly_greeting
#include "caf/test/unit_test.hpp"
#include "fly_peer_fixture.hpp"
#include "protocol/auth/secret.hpp"
#include "protocol/fly/compression.hpp"
#include "protocol/fly/link_proof.hpp"

using namespace ability::fly;
using namespace std::chrono_literals;

namespace {

struct waits_for_helo final : waiter {
  ending<void> end;
  explicit waits_for_helo(ending<void> e) : end{std::move(e)} {}
  void done(outcome<payload> reply) override { end(read_reply<void>(reply)); }
  void refuse(remote_error why) override { end(std::move(why)); }
};

struct fixture : peer_fixture {
  std::shared_ptr<engine> server;
  std::shared_ptr<engine> client;
  wire to;
  std::optional<context> there;
  ending<void> greeted;

  void serve() {
    server = make_engine();
    on(server, 1, [](const nlohmann::json& v) { return v; });
    on(server, 2, [] {});
    there = against(to, server);
  }
  void say(const helo_request& helo) { say(encode_helo(helo)); }
  void say(std::string_view text) {
    to.put({subtype::helo, 0, 0, 7, text});
    settle();
  }
  void dial(helo_request helo, std::chrono::milliseconds timeout = 5s, bool datagrams = false) {
    client = make_engine();
    pending_helo pending{.helo = std::move(helo),
                         .who = std::make_unique<waits_for_helo>(greeted),
                         .datagrams = datagrams,
                         .deadline = peer::clock::now() + timeout};
    there = against(to, client, side::client, std::move(pending));
    settle();
  }
  void reply(const helo_reply& helo) {
    to.put({subtype::helo, helo_option::resp, 0, 0, encode_helo(helo)});
    settle();
  }
  /// True if the connection ended with a Helo that was refused for this reason.
  bool refused(error_code why) {
    constexpr int options = helo_option::resp | helo_option::error;
    return !to.got.empty() && to.got.back().type == subtype::helo && to.got.back().options == options &&
           decode_error(to.got.back().bytes).is(why) && to.closed && !there->is_open();
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(fly_greeting_tests, fixture)

CAF_TEST(the server chooses among what both know) {
  how.compression = true;
  serve();
  say({.serializers = {serializer::protobuf, serializer::msgpack, serializer::json}, .deflate = true, .ack = true});
  CAF_REQUIRE_EQUAL(to.got.size(), 1u);
  CAF_CHECK_EQUAL(int{to.got[0].options}, int{helo_option::resp});
  CAF_CHECK_EQUAL(int{to.got[0].sequence}, 7);
  const auto answer = decode_helo_reply(to.got[0].bytes);
  CAF_REQUIRE(answer.has_value());
  CAF_CHECK(answer->serializer == serializer::msgpack);
  CAF_CHECK(answer->deflate && answer->ack);
  CAF_CHECK_EQUAL(answer->max_payload, 65'535u);
  CAF_CHECK(!answer->session.empty() && answer->session == there->session());
  to.put({subtype::rpc, 0, 1, 1, "\x91\x01"});
  settle();
  CAF_CHECK_EQUAL(to.got.at(1).bytes, "\x91\x01");
}

CAF_TEST(without a Helo it is JSON and silence stays silence) {
  serve();
  to.put({subtype::rpc, rpc_option::ack, 1, 1, "[1]"});
  to.put({subtype::rpc, rpc_option::ack, 2, 2, ""});
  settle();
  CAF_REQUIRE_EQUAL(to.got.size(), 1u);
  CAF_CHECK_EQUAL(to.got[0].bytes, "[1]");
}

CAF_TEST(an acknowledgement that both agreed on is given) {
  serve();
  say({.ack = true});
  to.put({subtype::rpc, rpc_option::ack, 2, 2, ""});
  to.put({subtype::rpc, 0, 2, 3, ""});
  settle();
  CAF_REQUIRE_EQUAL(to.got.size(), 2u);
  CAF_CHECK_EQUAL(to.got[1].bytes, "");
  CAF_CHECK_EQUAL(int{to.got[1].sequence}, 2);
}

CAF_TEST(a Helo that makes no sense is refused) {
  for (const auto* text : {"", "{", "[]", R"({"version":2})", R"({"ack":"yes"})"}) {
    to.got.clear();
    to.closed = false;
    serve();
    say(std::string_view{text});
    CAF_CHECK(refused(error_code::bad_payload));
  }
}

CAF_TEST(a Helo is said once and first) {
  serve();
  say({.ack = true});
  say({.ack = true});
  CAF_CHECK(refused(error_code::bad_payload));
  to = {};
  serve();
  to.put({subtype::rpc, 0, 2, 2, ""});
  say({.ack = true});
  CAF_CHECK(refused(error_code::bad_payload));
}

CAF_TEST(over UDP the same Helo is answered again) {
  serve();
  say({.cookie = std::string{blank_cookie}});
  say({.cookie = std::string{blank_cookie}});
  CAF_REQUIRE_EQUAL(to.got.size(), 2u);
  CAF_CHECK_EQUAL(to.got[0].bytes, to.got[1].bytes);
  say({.ack = true, .cookie = std::string{blank_cookie}});
  CAF_CHECK(refused(error_code::bad_payload));
}

CAF_TEST(who may not enter is refused) {
  admission.authenticate = [](const helo_request& helo) -> outcome<std::string> {
    if (helo.token == "throw")
      throw std::runtime_error{"secret"};
    if (helo.token != "open")
      return remote_error{error_code::unauthorized, "wrong token"};
    return "me";
  };
  serve();
  say({.token = "shut"});
  CAF_CHECK(refused(error_code::unauthorized));
  to = {};
  serve();
  say({.token = "throw"});
  CAF_CHECK(refused(error_code::handler_panic));
  to = {};
  serve();
  say({.token = "open"});
  CAF_CHECK_EQUAL(there->identity(), "me");
}

CAF_TEST(a server may insist on a Helo) {
  admission.require_helo = true;
  admission.helo_timeout = 20ms;
  serve();
  to.put({subtype::rpc, 0, 1, 1, "1"});
  settle();
  CAF_CHECK(to.error(0).is(error_code::unauthorized));
  say(helo_request{});
  to.put({subtype::rpc, 0, 1, 1, "1"});
  run_for(40ms);
  CAF_REQUIRE_EQUAL(to.got.size(), 3u);
  CAF_CHECK_EQUAL(to.got[2].bytes, "1");
  to = {};
  serve();
  to.put({subtype::ping, ping_option::ping, 0, 1, ""});
  CAF_CHECK(run_until([&] { return to.closed; }));
}

CAF_TEST(a client takes what was agreed) {
  dial({.serializers = {serializer::msgpack}, .deflate = true, .ack = true, .token = "t"});
  CAF_REQUIRE_EQUAL(to.got.size(), 1u);
  CAF_CHECK(decode_helo_request(to.got[0].bytes)->token == "t");
  CAF_CHECK(!greeted.there());
  reply({.serializer = serializer::msgpack, .ack = true, .session = "s", .max_payload = 10});
  CAF_CHECK(greeted.ok());
  CAF_CHECK_EQUAL(there->session(), "s");
  there->call<void>(1, 1, ending<void>{});
  settle();
  CAF_CHECK_EQUAL(to.got.at(1).bytes, "\x01");
  CAF_CHECK_EQUAL(int{to.got[1].options}, int{rpc_option::ack});
  CAF_CHECK(there->send_message(1, raw{std::string(11, 'x')}).error().is(error_code::too_long));
}

CAF_TEST(a client is told why it was refused) {
  dial({});
  to.put({subtype::helo, helo_option::resp | helo_option::error, 0, 0,
          encode_error(remote_error{error_code::unauthorized, "no"})});
  settle();
  CAF_CHECK(greeted.failed(error_code::unauthorized));
  CAF_CHECK(!there->is_open());
}

CAF_TEST(a client is told why a server ends the connection) {
  dial({});
  reply({});
  CAF_CHECK_EQUAL(there->close_reason(), "");
  to.put({subtype::helo, helo_option::resp | helo_option::error, 0, 0,
          encode_error(remote_error{error_code::closing, "back soon"})});
  settle();
  CAF_CHECK(!there->is_open());
  CAF_CHECK(to.closed);
  CAF_CHECK_EQUAL(there->close_reason(), "closing: back soon");
}

CAF_TEST(a client does not take an answer that makes no sense) {
  for (const auto& text : {std::string{"{"}, encode_helo(helo_reply{.serializer = serializer::protobuf})}) {
    greeted = {};
    dial({.serializers = {serializer::json}});
    to.put({subtype::helo, helo_option::resp, 0, 0, text});
    settle();
    CAF_CHECK(greeted.failed(error_code::bad_payload));
    CAF_CHECK(!there->is_open());
  }
}

CAF_TEST(a Helo that is not answered times out) {
  dial({}, 20ms);
  CAF_CHECK(run_until([&] { return greeted.there(); }));
  CAF_CHECK(greeted.failed(error_code::timeout));
  settle();
  CAF_CHECK(to.closed);
  greeted = {};
  dial({});
  to.over->close("");
  settle();
  CAF_CHECK(greeted.failed(error_code::closed));
}

CAF_TEST(over UDP a client repeats its Helo and brings the cookie back) {
  dial({}, 5s, true);
  CAF_REQUIRE_EQUAL(to.got.size(), 1u);
  CAF_CHECK(decode_helo_request(to.got[0].bytes)->cookie == blank_cookie);
  const auto nonce = decode_helo_request(to.got[0].bytes)->nonce;
  CAF_CHECK_EQUAL(nonce.size(), ability::random_id_size);
  CAF_CHECK(run_until([&] { return to.got.size() == 2; }, 1s));
  const std::string cookie(32, 'c');
  for (int i = 0; i < 3; ++i)
    to.put({subtype::helo, helo_option::resp, 0, 0, encode_cookie_reply(cookie)});
  settle();
  CAF_REQUIRE_EQUAL(to.got.size(), 3u);
  CAF_CHECK(decode_helo_request(to.got[2].bytes)->cookie == cookie);
  CAF_CHECK(decode_helo_request(to.got[2].bytes)->nonce == nonce);
  CAF_CHECK(!greeted.there());
  reply({});
  reply({});
  CAF_CHECK(greeted.ok());
}

CAF_TEST(what does not belong to a side is ignored) {
  serve();
  to.put({subtype::helo, helo_option::resp, 0, 0, "{}"});
  to.put({subtype::helo, helo_option::error, 0, 0, "{}"});
  settle();
  CAF_CHECK_EQUAL(server->stats.ignored, 2u);
  dial({});
  to.put({subtype::helo, 0, 0, 0, "{}"});
  settle();
  CAF_CHECK_EQUAL(client->stats.ignored, 1u);
}

// -- compression ---

CAF_TEST(what both agreed on is compressed if that makes it smaller) {
  how.compression = true;
  serve();
  say({.deflate = true});
  to.got.clear();
  const auto text = '"' + std::string(60'000, 'a') + '"';
  to.put({subtype::rpc, rpc_option::compressed, 1, 1, *compress(text)});
  to.put({subtype::rpc, 0, 1, 2, "\"short\""});
  settle();
  CAF_REQUIRE_EQUAL(to.got.size(), 2u);
  CAF_CHECK(to.got[0].has(rpc_option::compressed));
  CAF_CHECK(*decompress(to.got[0].bytes) == text);
  CAF_CHECK(!to.got[1].has(rpc_option::compressed));
}

CAF_TEST(a bomb is a bad payload) {
  how.compression = true;
  serve();
  say({.deflate = true});
  to.got.clear();
  const auto half = *compress(std::string(65'535, 'a'));
  to.put({subtype::rpc, rpc_option::compressed, 1, 1, half + half});
  to.put({subtype::rpc, rpc_option::compressed, 1, 2, "no deflate"});
  settle();
  CAF_CHECK(to.error(0).is(error_code::bad_payload));
  CAF_CHECK(to.error(1).is(error_code::bad_payload));
  ending<raw> end;
  there->call<raw>(9, raw{}, end);
  settle();
  to.put({subtype::rpc, rpc_option::resp | rpc_option::compressed, 9, to.got.back().sequence, "no deflate"});
  settle();
  CAF_CHECK(end.failed(error_code::bad_payload));
}

CAF_TEST(without an agreement the option means nothing) {
  serve();
  to.put({subtype::rpc, rpc_option::compressed, 1, 1, "[1]"});
  settle();
  CAF_CHECK_EQUAL(to.got.at(0).bytes, "[1]");
}

CAF_TEST_FIXTURE_SCOPE_END()
