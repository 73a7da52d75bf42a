#define CAF_SUITE fly_stream
#include <sys/resource.h>
#include <unistd.h>

#include "caf/test/unit_test.hpp"
#include "tests/net/fly/fly_fixture.hpp"

using namespace ability;
using namespace ability::test;

namespace {

struct fixture : fly_fixture {
  std::optional<raw_tcp> client;

  fly_end& peer() { return *accepted.back(); }

  void connect() {
    if (server == nullptr)
      CAF_REQUIRE(listen("tcp://127.0.0.1:0"));
    const auto before = accepted.size();
    client.emplace(*this, server->local().port);
    CAF_REQUIRE(run_until([&] { return accepted.size() > before; }));
  }

  std::string closed() {
    run_until([&] { return !peer().closed.empty(); });
    return peer().closed.empty() ? "nothing" : peer().closed.front();
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(fly_stream_tests, fixture)

CAF_TEST(packets are put together byte by byte) {
  connect();
  const auto sent = message(1, "hello") + message(2, "") + message(3, "x");
  for (const char each : sent) {
    client->send({each});
    io.restart();
    io.run_one_for(10ms);
  }
  CAF_CHECK(run_until([&] { return peer().got.size() == 3; }));
  CAF_CHECK_EQUAL(peer().got[0] + peer().got[1] + peer().got[2], sent);
}

CAF_TEST(more packets than are read at a time arrive in one write) {
  connect();
  std::string sent;
  for (std::uint16_t i = 0; i < 20'000; ++i)
    sent += message(i, "abcdefg");
  client->send(sent);
  CAF_CHECK(run_until([&] { return peer().got.size() == 20'000; }));
  std::string got;
  for (const auto& each : peer().got)
    got += each;
  CAF_CHECK(got == sent);
}

CAF_TEST(a stream may end between packets but not inside one) {
  connect();
  client->send(message(1, "hello"));
  client->socket.shutdown(asio::ip::tcp::socket::shutdown_send);
  CAF_CHECK_EQUAL(closed(), "");
  CAF_CHECK_EQUAL(peer().got.size(), 1u);
  for (const std::size_t part : {1, 5, 6, 10}) {
    connect();
    client->send(message(1, "hello").substr(0, part));
    client->socket.shutdown(asio::ip::tcp::socket::shutdown_send);
    CAF_CHECK_EQUAL(closed(), "ended inside a packet");
    CAF_CHECK_EQUAL(peer().closed.size(), 1u);
  }
}

CAF_TEST(a peer that says it is done still gets what is queued) {
  connect();
  peer().send(message(1, std::string(60'000, 'x')));
  client->socket.shutdown(asio::ip::tcp::socket::shutdown_send);
  CAF_CHECK(run_until([&] {
    client->poll();
    return client->ended;
  }));
  CAF_CHECK_EQUAL(client->got, message(1, std::string(60'000, 'x')));
}

CAF_TEST(a peer that breaks off is told) {
  connect();
  client->socket.set_option(asio::socket_base::linger{true, 0});
  client->socket.close();
  CAF_CHECK(contains(closed(), "reset"));
}

CAF_TEST(a paused connection finds out when it sends) {
  connect();
  peer().transport->pause();
  client->socket.set_option(asio::socket_base::linger{true, 0});
  client->socket.close();
  CAF_CHECK(run_until([&] {
    peer().send(message(1, "x"));
    return !peer().closed.empty();
  }));
  CAF_CHECK(contains(closed(), "cannot send"));
}

CAF_TEST(a peer that does not read makes the queue grow and closing gives up in time) {
  connect();
  const auto big = message(1, std::string(65'535, 'x'));
  CAF_CHECK(run_until([&] {
    for (int i = 0; i < 16; ++i)
      peer().send(big);
    return peer().transport->queued() > 10'000'000;
  }));
  const auto begun = std::chrono::steady_clock::now();
  peer().transport->close();
  std::weak_ptr<fly::transport> gone = peer().transport;
  peer().transport.reset();
  CAF_CHECK(run_until([&] { return gone.expired(); }));
  CAF_CHECK(std::chrono::steady_clock::now() - begun < 10s);
}

CAF_TEST(no more connections than allowed are open at a time) {
  serving.max_connections = 1;
  connect();
  raw_tcp second{*this, server->local().port};
  CAF_CHECK(run_until([&] {
    second.poll();
    return second.ended;
  }));
  CAF_CHECK_EQUAL(server->counters().refused, 1u);
  CAF_CHECK_EQUAL(server->counters().accepted, 1u);
  client->socket.close();
  CAF_CHECK_EQUAL(closed(), "");
  connect();
  CAF_CHECK_EQUAL(server->counters().accepted, 2u);
}

CAF_TEST(a listener that is out of descriptors goes on when there are some again) {
  CAF_REQUIRE(listen("tcp://127.0.0.1:0"));
  client.emplace(*this, server->local().port);
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const int next = dup(0);
  ::close(next);
  auto none_left = before;
  none_left.rlim_cur = static_cast<rlim_t>(next);
  setrlimit(RLIMIT_NOFILE, &none_left);
  run_until([&] { return !accepted.empty(); }, 50ms);
  setrlimit(RLIMIT_NOFILE, &before);
  CAF_CHECK(accepted.empty());
  CAF_CHECK(run_until([&] { return !accepted.empty(); }));
}

CAF_TEST(a closed listener ends handshakes) {
  use_tls();
  CAF_REQUIRE(listen("tls://127.0.0.1:0"));
  client.emplace(*this, server->local().port);
  run_until([] { return false; }, 50ms);
  server->close();
  CAF_CHECK(run_until([&] {
    client->poll();
    return client->ended;
  }));
  CAF_CHECK_EQUAL(server->counters().failed_handshakes, 0u);
}

CAF_TEST(a TLS client that says nothing is not waited for any longer than allowed) {
  use_tls();
  serving.handshake_timeout = 50ms;
  CAF_REQUIRE(listen("tls://127.0.0.1:0"));
  client.emplace(*this, server->local().port);
  CAF_CHECK(run_until([&] {
    client->poll();
    return client->ended;
  }));
  CAF_CHECK_EQUAL(server->counters().failed_handshakes, 1u);
}

CAF_TEST(a legacy peer is understood where that is asked for) {
  serving.profile = fly::profile::legacy;
  connect();
  client->send(std::string{"\xb1\x01\x02\x03\x00\x02hi", 8});
  CAF_CHECK(run_until([&] { return !peer().got.empty(); }));
  CAF_CHECK_EQUAL(peer().got.front(), bytes_of({.command = 0x0102, .sequence = 3, .buffer = "hi"}));
}

CAF_TEST(a closed listener refuses and its connections stay) {
  connect();
  server->close();
  io.restart();
  io.poll();
  boost::system::error_code error;
  asio::ip::tcp::socket late{io};
  late.connect({asio::ip::address_v4::loopback(), server->local().port}, error);
  CAF_CHECK_EQUAL(error, asio::error::connection_refused);
  client->send(message(1, "x"));
  CAF_CHECK(run_until([&] { return peer().got.size() == 1; }));
}

CAF_TEST(where nobody can listen is told) {
  connect();
  server.reset();
  auto again = fly::listen(io.get_executor(), *fly::parse_address("tcp://192.0.2.1:5555"), {}, {});
  CAF_CHECK_EQUAL(again.error(),
                  "cannot listen at tcp://192.0.2.1:5555: Cannot assign requested address; this machine does not have "
                  "that address");
  asio::ip::tcp::acceptor other{io, {asio::ip::address_v4::loopback(), 0}};
  const auto port = std::to_string(other.local_endpoint().port());
  CAF_CHECK(!listen("tcp://127.0.0.1:" + port));
  CAF_CHECK_EQUAL(refusal, "cannot listen at tcp://127.0.0.1:" + port +
                               ": Address already in use; another program listens there, take another port");
  CAF_CHECK(!listen("tcp://nosuch.invalid:1"));
  CAF_CHECK(contains(refusal, "check the name"));
  CAF_CHECK(!listen("tls://127.0.0.1:0"));
  CAF_CHECK(contains(refusal, "it needs a certificate"));
}

CAF_TEST_FIXTURE_SCOPE_END()
