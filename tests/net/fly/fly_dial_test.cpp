#define CAF_SUITE fly_dial
#include <boost/beast/websocket/stream.hpp>

#include "caf/test/unit_test.hpp"
#include "tests/net/fly/fly_fixture.hpp"

using namespace ability;
using namespace ability::test;

namespace {

using websocket_type = boost::beast::websocket::stream<asio::ip::tcp::socket>;

struct fixture : fly_fixture {
  asio::ip::tcp::acceptor silent{io, {asio::ip::address_v4::loopback(), 0}};

  fly::address at_silent(fly::carrier which) { return {which, "127.0.0.1", silent.local_endpoint().port(), "/"}; }

  std::string why_not(const fly::address& where) {
    CAF_CHECK(dial(where) == nullptr);
    return refusal;
  }
};

struct tls_fixture : fixture {
  tls_fixture() {
    use_tls();
    CAF_REQUIRE(listen("tls://127.0.0.1:0"));
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(fly_dial_tests, fixture)

CAF_TEST(a name is resolved and each of its addresses tried) {
  CAF_REQUIRE(listen("tcp://127.0.0.1:0"));
  auto where = server->local();
  where.host = "localhost";
  CAF_CHECK(dial(where) != nullptr);
}

CAF_TEST(where nobody listens is told) {
  auto where = at_silent(fly::carrier::tcp);
  silent.close();
  CAF_CHECK_EQUAL(why_not(where), "cannot connect to " + fly::to_string(where) +
                                      ": Connection refused; is the server running, and at that port?");
}

CAF_TEST(a name that does not exist is told) {
  CAF_CHECK(why_not({fly::carrier::tcp, "nosuch.invalid", 1, {}}).ends_with("; check the name"));
  CAF_CHECK(contains(refusal, "cannot connect to tcp://nosuch.invalid:1: the host cannot be resolved: "));
  CAF_CHECK(why_not({fly::carrier::udp, "nosuch.invalid", 1, {}}).ends_with("; check the name"));
}

CAF_TEST(a server that says nothing is not waited for any longer than allowed) {
  dialling.timeout = 50ms;
  dialling.verify = false;
  CAF_CHECK(why_not(at_silent(fly::carrier::tls)).ends_with(": the TLS handshake took longer than 50 ms"));
  CAF_CHECK(why_not(at_silent(fly::carrier::ws)).ends_with(": the WebSocket handshake took longer than 50 ms"));
  CAF_CHECK(why_not(at_silent(fly::carrier::wss)).ends_with(": the TLS handshake took longer than 50 ms"));
}

CAF_TEST(a server that hangs up during the handshake is told) {
  const auto told = [&](fly::carrier which) {
    silent.async_accept([](boost::system::error_code, asio::ip::tcp::socket) {});
    return why_not(at_silent(which));
  };
  CAF_CHECK(contains(told(fly::carrier::tls), "handshake failed: "));
  CAF_CHECK(
      contains(told(fly::carrier::ws), "closed the connection without an answer; does it speak TLS there (wss://)"));
}

CAF_TEST(an attempt that is destroyed ends without a word) {
  for (const auto which : {fly::carrier::tcp, fly::carrier::tls, fly::carrier::ws, fly::carrier::udp}) {
    bool called = false;
    const auto held = std::make_shared<int>();
    auto under_way = fly::async_dial(io.get_executor(), at_silent(which), {.verify = false},
                                     [&called, held](const fly::dial_result&) { called = true; });
    under_way.reset();
    CAF_CHECK_EQUAL(held.use_count(), 1);
    io.restart();
    io.run();
    CAF_CHECK(!called);
  }
  // Cancel in the middle of a handshake.
  auto under_way = fly::async_dial(io.get_executor(), at_silent(fly::carrier::ws), {}, [](const fly::dial_result&) {});
  run_until([] { return false; }, 50ms);
  under_way.reset();
  io.restart();
  CAF_CHECK(io.run_for(5s) < 1'000);
  CAF_CHECK(io.stopped());
}

CAF_TEST(a wrong path is told) {
  CAF_REQUIRE(listen("ws://127.0.0.1:0/fly"));
  auto where = server->local();
  where.path = "/other";
  CAF_CHECK(why_not(where).ends_with(": the server answered 404 Not Found; check the path"));
}

CAF_TEST(a server that does not agree to the subprotocol is told) {
  std::optional<websocket_type> socket;
  silent.async_accept([&](boost::system::error_code, asio::ip::tcp::socket from) {
    socket.emplace(std::move(from));
    socket->async_accept([](boost::system::error_code) {});
  });
  CAF_CHECK(why_not(at_silent(fly::carrier::ws))
                .ends_with(": the server does not agree to the subprotocol flyrpc.v1; is it a FlyRPC server?"));
}

CAF_TEST(over UDP the refusal of the network is told) {
  asio::ip::udp::socket other{io, {asio::ip::address_v4::loopback(), 0}};
  const fly::address where{fly::carrier::udp, "127.0.0.1", other.local_endpoint().port(), {}};
  other.close();
  fly_end client;
  client.transport = dial(where);
  CAF_REQUIRE(client.transport != nullptr);
  client.start();
  client.send(message(1, "x"));
  client.send(message(1, "x"));
  CAF_CHECK(run_until([&] { return !client.closed.empty(); }));
  CAF_REQUIRE_EQUAL(client.closed.size(), 1u);
  CAF_CHECK_EQUAL(client.closed[0], "connection refused by 127.0.0.1:" + std::to_string(where.port) +
                                        "; is the server running, and at that port?");
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(fly_dial_tls_tests, tls_fixture)

CAF_TEST(a certificate is checked by name and by address) {
  auto where = server->local();
  CAF_CHECK(dial(where) != nullptr);
  where.host = "localhost";
  CAF_CHECK(dial(where) != nullptr);
  where.host = "127.0.0.2";
  server.reset();
  CAF_REQUIRE(listen("tls://127.0.0.2:" + std::to_string(where.port)));
  CAF_CHECK(contains(why_not(where), "the certificate is not trusted: IP address mismatch"));
}

CAF_TEST(an authority that is not known is told) {
  dialling.ca_file = files->file("other.pem");
  CAF_CHECK_EQUAL(why_not(server->local()),
                  "cannot connect to " + fly::to_string(server->local()) +
                      ": the TLS handshake failed: the certificate is not trusted: self-signed certificate; check the "
                      "server's certificate and the file of its authority");
  dialling.ca_file = "";
  CAF_CHECK(contains(why_not(server->local()), "name the file of its authority"));
  dialling.ca_file = files->file("missing.pem");
  CAF_CHECK(contains(why_not(server->local()), "missing.pem: No such file or directory"));
  dialling = {.verify = false};
  CAF_CHECK(dial(server->local()) != nullptr);
  run_until([&] { return server->counters().failed_handshakes == 2; });
  CAF_CHECK_EQUAL(server->counters().failed_handshakes, 2u);
}

CAF_TEST(a client without TLS is sent away) {
  raw_tcp plain{*this, server->local().port};
  plain.send("GET / HTTP/1.1\r\n\r\n");
  CAF_CHECK(run_until([&] {
    plain.poll();
    return plain.ended;
  }));
  CAF_CHECK_EQUAL(accepted.size(), 0u);
  CAF_CHECK_EQUAL(server->counters().failed_handshakes, 1u);
}

CAF_TEST(a key that does not belong to its certificate is told) {
  server.reset();
  serving.key_file = files->file("other.key");
  CAF_CHECK(!listen("wss://127.0.0.1:0/"));
  CAF_CHECK(contains(refusal, "other.key: key values mismatch"));
}

CAF_TEST_FIXTURE_SCOPE_END()
