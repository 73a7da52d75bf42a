#define CAF_SUITE fly_transport
#include "caf/test/unit_test.hpp"
#include "protocol/fly/helo.hpp"
#include "tests/net/fly/fly_fixture.hpp"

using namespace ability;
using namespace ability::test;

namespace {

// Promises of every transport.
struct fixture : fly_fixture {
  fly_end client;

  fly_end& peer() { return *accepted.front(); }

  void connect(const std::string& scheme) {
    if (scheme == "tls" || scheme == "wss")
      use_tls();
    serving.udp_buffer = fly::max_udp_buffer;
    dialling.udp_buffer = fly::max_udp_buffer;
    CAF_REQUIRE(listen(scheme + "://127.0.0.1:0"));
    client.transport = dial(server->local());
    CAF_MESSAGE(scheme << ' ' << refusal);
    CAF_REQUIRE(client.transport != nullptr);
    client.start();
    if (scheme == "udp")
      prove();
    CAF_REQUIRE(run_until([&] { return !accepted.empty() && (scheme != "udp" || peer().got.size() == 1); }));
    peer().got.clear();
    client.got.clear();
  }

  void prove() {
    const auto helo = [&](std::string_view cookie) {
      const auto text = fly::encode_helo(fly::helo_request{.cookie = std::string{cookie}});
      client.send(bytes_of({.type = fly::subtype::helo, .buffer = text}));
    };
    helo("--------------------------------");
    CAF_REQUIRE(run_until([&] { return !client.got.empty(); }));
    helo(fly::decode_helo_reply(fly::first_packet(client.got.front())->buffer)->cookie);
  }

  void check_all(const std::string& scheme) {
    connect(scheme);
    check_sizes();
    check_pause(scheme == "udp");
    check_peer();
    check_close(scheme);
  }

  void check_sizes() {
    const auto limit = client.transport->max_buffer();
    std::vector<std::string> sent;
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{1'200}, limit})
      sent.push_back(message(7, std::string(size, 'x')));
    for (const auto& each : sent)
      client.send(each);
    peer().send(sent[0] + sent[1] + sent[2]);
    peer().send(sent[3]);
    CAF_CHECK(run_until([&] { return peer().got.size() >= 4 && client.got.size() >= 4; }));
    CAF_CHECK(peer().got == sent);
    CAF_CHECK(client.got == sent);
    CAF_CHECK_EQUAL(client.transport->queued(), 0u);
    peer().got.clear();
    client.got.clear();
  }

  void check_pause(bool drops) {
    peer().then = [&] { peer().transport->pause(); };
    client.send(message(1, "a") + message(2, "b") + message(3, "c"));
    CAF_CHECK(run_until([&] { return !peer().got.empty(); }));
    run_until([&] { return peer().got.size() > 1; }, 50ms);
    CAF_CHECK_EQUAL(peer().got.size(), 1u);
    if (drops) {
      peer().then = [] {};
      peer().transport->resume();
      client.send(message(3, "c"));
      CAF_CHECK(run_until([&] { return peer().got.size() == 2; }));
    } else {
      peer().transport->resume();
      CAF_CHECK(run_until([&] { return peer().got.size() == 2; }));
      peer().then = [] {};
      peer().transport->resume();
      CAF_CHECK(run_until([&] { return peer().got.size() == 3; }));
    }
    CAF_CHECK_EQUAL(peer().got.back(), message(3, "c"));
    peer().got.clear();
  }

  void check_peer() {
    CAF_CHECK_EQUAL(client.transport->peer(), "127.0.0.1:" + std::to_string(server->local().port));
    CAF_CHECK(peer().transport->peer().starts_with("127.0.0.1:"));
  }

  void check_close(const std::string& scheme) {
    const auto big = message(9, std::string(60'000, 'y'));
    const std::size_t count = scheme == "udp" ? 1 : 50;
    for (std::size_t i = 0; i < count; ++i)
      client.send(big);
    client.transport->close("enough");
    client.send(message(1, "too late"));
    CAF_CHECK(run_until([&] { return peer().got.size() == count; }));
    if (scheme != "udp") {
      CAF_CHECK(run_until([&] { return !peer().closed.empty(); }));
      CAF_CHECK_EQUAL(peer().closed, std::vector<std::string>{""});
    }
    CAF_CHECK_EQUAL(peer().got.size(), count);
    CAF_CHECK_EQUAL(client.closed.size(), 0u);
    std::weak_ptr<fly::transport> gone = client.transport;
    client.transport.reset();
    CAF_CHECK(run_until([&] { return gone.expired(); }));
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(fly_transport_tests, fixture)

CAF_TEST(tcp) { check_all("tcp"); }

CAF_TEST(tls) { check_all("tls"); }

CAF_TEST(ws) { check_all("ws"); }

CAF_TEST(wss) { check_all("wss"); }

CAF_TEST(udp) { check_all("udp"); }

CAF_TEST(a transport may be closed by what it calls) {
  for (const std::string scheme : {"tcp", "ws"}) {
    connect(scheme);
    peer().then = [&] { peer().transport->close(); };
    client.send(message(1, "a") + message(2, "b"));
    CAF_CHECK(run_until([&] { return !client.closed.empty(); }));
    CAF_CHECK_EQUAL(peer().got.size(), 1u);
    CAF_CHECK_EQUAL(peer().closed.size(), 0u);
    client.closed.clear();
    accepted.clear();
  }
}

CAF_TEST(a transport may be paused and resumed by what it calls) {
  for (const std::string scheme : {"tcp", "ws"}) {
    connect(scheme);
    peer().then = [&] {
      peer().transport->pause();
      peer().transport->resume();
    };
    std::string many;
    for (int i = 0; i < 1'000; ++i)
      many += message(static_cast<std::uint16_t>(i), "abc");
    client.send(many);
    CAF_CHECK(run_until([&] { return peer().got.size() == 1'000; }));
    CAF_CHECK_EQUAL(peer().got.back(), message(999, "abc"));
    peer().transport->close();
    client.transport->close();
    accepted.clear();
  }
}

CAF_TEST(many packets of one turn leave in one write) {
  connect("tcp");
  for (int i = 0; i < 1'000; ++i)
    client.send(message(1, "abc"));
  CAF_CHECK_EQUAL(client.transport->queued(), 9'000u);
  run_until([&] { return client.transport->queued() != 9'000u; });
  CAF_CHECK_EQUAL(client.transport->queued(), 0u);
  CAF_CHECK(run_until([&] { return peer().got.size() == 1'000; }));
}

CAF_TEST(an event loop that is destroyed takes its transports along) {
  const auto held = std::make_shared<int>();
  for (const std::string scheme : {"tcp", "ws", "udp"}) {
    asio::io_context other;
    std::vector<fly::transport_ptr> all;
    const auto keep = [&](const fly::transport_ptr& made) {
      all.push_back(made);
      made->start({.on_packet = [held](const fly::packet&) {}, .on_closed = [held](const std::string&) {}});
    };
    auto listening = fly::listen(other.get_executor(), *fly::parse_address(scheme + "://127.0.0.1:0"), {}, keep);
    auto dialled = fly::async_dial(other.get_executor(), (*listening)->local(), {},
                                   [&](const fly::dial_result& made) { keep(*made); });
    for (int i = 0; i < 1'000 && all.size() < (scheme == "udp" ? 1u : 2u); ++i)
      other.run_one_for(10ms);
    CAF_CHECK_EQUAL(all.size(), scheme == "udp" ? 1u : 2u);
    all.front()->send(message(1, "x"));
    if (all.size() > 1)
      all.back()->close();
  }
  CAF_CHECK_EQUAL(held.use_count(), 1);
}

CAF_TEST_FIXTURE_SCOPE_END()
