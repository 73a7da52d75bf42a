#define CAF_SUITE fly_handshake
#include "net/fly/peer/handshake.hpp"

#include "caf/test/unit_test.hpp"
#include "fly_peer_fixture.hpp"

using namespace ability::fly;
using namespace std::chrono_literals;

namespace {

struct quiet final : waiter {
  void done(outcome<payload>) override {}
  void refuse(remote_error) override {}
};

struct fixture : peer_fixture {
  wire to;
  terms now;
  std::optional<packet_output> out;
  std::optional<handshake> uut;

  void make(side which) {
    const auto [ours, theirs] = memory_transport::make(io.get_executor());
    to.over = theirs;
    to.start();
    out.emplace(ours, how, now, [] {});
    uut.emplace(*make_engine(), which, *out, now);
  }
  handshake::step receive(std::uint8_t options, std::string_view buffer) {
    auto next = uut->receive({subtype::helo, options, 0, 9, buffer});
    settle();
    return next;
  }
  handshake::step reply(const helo_reply& with) { return receive(helo_option::resp, encode_helo(with)); }
  void say(helo_request helo, bool datagrams = false) {
    make(side::client);
    uut->say({.helo = std::move(helo),
              .who = std::make_unique<quiet>(),
              .datagrams = datagrams,
              .deadline = call_table::clock::now() + 5s});
    settle();
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(fly_handshake_tests, fixture)

CAF_TEST(a server agrees on what both sides know and tells it) {
  how.compression = true;
  now.limit = 1'000;
  make(side::server);
  const auto next =
      receive(0, encode_helo(helo_request{.serializers = {serializer::msgpack}, .deflate = true, .ack = false}));
  CAF_REQUIRE(next.agreed.has_value());
  CAF_CHECK(next.agreed->how == serializer::msgpack);
  CAF_CHECK(next.agreed->deflate);
  CAF_CHECK(!next.agreed->acks);
  CAF_CHECK_EQUAL(next.agreed->limit, 1'000u);
  CAF_CHECK(!next.agreed->session.empty());
  CAF_REQUIRE_EQUAL(to.got.size(), 1u);
  const auto told = decode_helo_reply(to.got[0].bytes);
  CAF_REQUIRE(told.has_value());
  CAF_CHECK_EQUAL(told->session, next.agreed->session);
  CAF_CHECK_EQUAL(told->max_payload, 1'000u);
}

CAF_TEST(a member has the identity and the session that its gateway says) {
  make(side::member);
  const auto next = receive(0, encode_helo(helo_request{.session = "s1", .identity = "ann"}));
  CAF_REQUIRE(next.agreed.has_value());
  CAF_CHECK_EQUAL(next.agreed->identity, "ann");
  CAF_CHECK_EQUAL(next.agreed->session, "s1");
}

CAF_TEST(a second Helo ends the connection unless it repeats the first one with its cookie) {
  make(side::server);
  const auto first = encode_helo(helo_request{.cookie = "c"});
  CAF_CHECK(receive(0, first).agreed.has_value());
  uut->finish();
  const auto again = receive(0, first);
  CAF_CHECK(!again.agreed && !again.ended);
  CAF_REQUIRE_EQUAL(to.got.size(), 2u);
  CAF_CHECK_EQUAL(to.got[0].bytes, to.got[1].bytes);
  CAF_CHECK(receive(0, encode_helo(helo_request{})).ended.has_value());
  CAF_CHECK(to.error(2).is(error_code::bad_payload));
}

CAF_TEST(a server gives up at its deadline until the handshake is over) {
  make(side::server);
  const auto deadline = call_table::clock::now();
  uut->expect_by(deadline);
  CAF_CHECK(uut->earliest() == deadline);
  CAF_CHECK(!uut->check(deadline - 1ms).ended);
  CAF_CHECK(uut->check(deadline).ended.has_value());
  uut->finish();
  CAF_CHECK(!uut->check(deadline).ended);
  CAF_CHECK(uut->earliest() == call_table::never);
}

CAF_TEST(a client takes no more than it offered) {
  say({.serializers = {serializer::json}, .deflate = false, .ack = true});
  auto next = reply({.deflate = true, .ack = true, .session = "s1", .max_payload = 500});
  CAF_REQUIRE(next.agreed.has_value());
  CAF_CHECK(!next.agreed->deflate);
  CAF_CHECK(next.agreed->acks);
  CAF_CHECK_EQUAL(next.agreed->limit, 500u);
  CAF_CHECK_EQUAL(next.agreed->session, "s1");
  CAF_CHECK(next.who != nullptr);
  CAF_CHECK(next.result.has_value());
}

CAF_TEST(a client refuses a serializer that it did not offer) {
  say({.serializers = {serializer::json}});
  const auto next = reply({.serializer = serializer::msgpack});
  CAF_CHECK(next.ended.has_value());
  CAF_CHECK(next.who != nullptr);
  CAF_CHECK(next.result.has_error() && next.result.error().is(error_code::bad_payload));
}

CAF_TEST(a client answers a cookie once and repeats its Helo over UDP) {
  say({}, true);
  CAF_CHECK(!reply({.cookie = "c"}).agreed);
  CAF_REQUIRE_EQUAL(to.got.size(), 2u);
  CAF_CHECK_EQUAL(decode_helo_request(to.got[1].bytes)->cookie, "c");
  reply({.cookie = "c"});
  CAF_CHECK_EQUAL(to.got.size(), 2u);
  const auto again = uut->earliest();
  CAF_CHECK(!uut->check(again).ended);
  settle();
  CAF_REQUIRE_EQUAL(to.got.size(), 3u);
  CAF_CHECK_EQUAL(to.got[1].bytes, to.got[2].bytes);
}

CAF_TEST(a client fails its Helo at its deadline) {
  say({});
  const auto next = uut->check(uut->earliest());
  CAF_CHECK(next.ended.has_value());
  CAF_CHECK(next.who != nullptr);
  CAF_CHECK(next.result.has_error() && next.result.error().is(error_code::timeout));
}

CAF_TEST(a link and a wrong direction have no Helo) {
  make(side::link);
  CAF_CHECK(receive(0, encode_helo(helo_request{})).ignored);
  make(side::server);
  CAF_CHECK(reply({}).ignored);
  make(side::client);
  CAF_CHECK(reply({}).ignored);
  CAF_CHECK(receive(0, encode_helo(helo_request{})).ignored);
}

CAF_TEST(a server that ends a ready client says why in a Helo) {
  make(side::client);
  uut->finish();
  const auto next =
      receive(helo_option::resp | helo_option::error, encode_error(remote_error{error_code::closing, "bye"}));
  CAF_REQUIRE(next.ended.has_value());
  CAF_CHECK(next.ended->find("bye") != std::string::npos);
}

CAF_TEST_FIXTURE_SCOPE_END()
