#define CAF_SUITE fly_udp
#include "caf/test/unit_test.hpp"
#include "protocol/fly/helo.hpp"
#include "protocol/fly/link_proof.hpp"
#include "tests/net/fly/fly_fixture.hpp"

using namespace ability;
using namespace ability::test;

namespace {

std::string helo(std::string_view cookie, std::uint8_t sequence = 9, std::uint8_t options = 0) {
  const auto text = fly::encode_helo(fly::helo_request{.cookie = std::string{cookie}});
  return bytes_of({fly::subtype::helo, options, 0, sequence, text});
}

// A client's socket that counts sent and received datagrams.
struct raw_udp {
  asio::ip::udp::socket socket;
  std::vector<std::string> got;
  std::size_t bytes_sent = 0;
  std::size_t bytes_got = 0;

  raw_udp(asio::io_context& io, std::uint16_t port) : socket{io} {
    socket.connect({asio::ip::address_v4::loopback(), port});
    socket.non_blocking(true);
  }

  void send(const std::string& datagram) {
    socket.send(asio::buffer(datagram));
    bytes_sent += datagram.size();
  }

  void poll() {
    std::array<char, 65'536> into;
    boost::system::error_code error;
    for (auto size = socket.receive(asio::buffer(into), 0, error); !error;
         size = socket.receive(asio::buffer(into), 0, error)) {
      got.emplace_back(into.data(), size);
      bytes_got += size;
    }
  }
};

struct fixture : fly_fixture {
  std::optional<raw_udp> client;

  fly_end& peer() { return *accepted.back(); }

  void begin() {
    if (server == nullptr)
      CAF_REQUIRE(listen("udp://127.0.0.1:0"));
    client.emplace(io, server->local().port);
  }

  // Sends the datagrams and a ping: all of them have been handled when the pong arrives.
  std::vector<std::string> exchange(const std::vector<std::string>& datagrams) {
    const auto ping = bytes_of({fly::subtype::ping, fly::ping_option::ping, 0xffff, 0, "fence"});
    const auto pong = bytes_of({fly::subtype::ping, fly::ping_option::pong, 0xffff, 0, "fence"});
    client->got.clear();
    for (const auto& each : datagrams)
      client->send(each);
    client->send(ping);
    CAF_CHECK(run_until([&] {
      client->poll();
      return !client->got.empty() && client->got.back() == pong;
    }));
    auto got = std::move(client->got);
    if (!got.empty())
      got.pop_back();
    return got;
  }

  std::string cookie_of(const std::string& answer) {
    const auto found = fly::whole_packet(answer);
    CAF_REQUIRE(found);
    return fly::decode_helo_reply(found->buffer)->cookie;
  }

  // Asks for a cookie, as a peer may, too, whose pings are not the server's to answer.
  std::string ask_cookie() {
    client->got.clear();
    client->send(helo(fly::blank_cookie));
    CAF_REQUIRE(run_until([&] {
      client->poll();
      return !client->got.empty();
    }));
    return cookie_of(client->got.back());
  }

  // Asks until the cookie is another one than `than`: those of one millisecond are the same.
  std::string ask_later(const std::string& than) {
    auto cookie = ask_cookie();
    while (cookie == than)
      cookie = ask_cookie();
    return cookie;
  }

  void prove() {
    begin();
    const auto answers = exchange({helo(fly::blank_cookie)});
    CAF_REQUIRE_EQUAL(answers.size(), 1u);
    const auto before = accepted.size();
    client->send(helo(cookie_of(answers[0])));
    CAF_REQUIRE(run_until([&] { return accepted.size() > before && !peer().got.empty(); }));
    peer().got.clear();
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(fly_udp_tests, fixture)

CAF_TEST(an address is a peer once its cookie came back) {
  begin();
  const auto answers = exchange({helo(fly::blank_cookie, 77)});
  CAF_REQUIRE_EQUAL(answers.size(), 1u);
  const auto answer = *fly::whole_packet(answers[0]);
  CAF_CHECK(answer.type == fly::subtype::helo);
  CAF_CHECK_EQUAL(answer.options, fly::helo_option::resp);
  CAF_CHECK_EQUAL(answer.command, 0u);
  CAF_CHECK_EQUAL(answer.sequence, 77u);
  CAF_CHECK_EQUAL(accepted.size(), 0u);
  const auto second = helo(cookie_of(answers[0]));
  client->send(second);
  CAF_REQUIRE(run_until([&] { return !accepted.empty() && !peer().got.empty(); }));
  CAF_CHECK_EQUAL(peer().got, std::vector<std::string>{second});
  client->send(message(1, "hello"));
  CAF_CHECK(run_until([&] { return peer().got.size() == 2; }));
  CAF_CHECK_EQUAL(server->counters().accepted, 1u);
  CAF_CHECK_EQUAL(server->counters().cookies_sent, 1u);
  CAF_CHECK_EQUAL(server->counters().dropped_unproved, 0u);
}

CAF_TEST(an address that has not proved itself is never sent more than it sent) {
  begin();
  raw_udp other{io, server->local().port};
  const auto foreign = [&] {
    other.send(helo(fly::blank_cookie));
    run_until([&] {
      other.poll();
      return !other.got.empty();
    });
    return cookie_of(other.got.at(0));
  }();
  const auto raw_helo = [](std::string_view text, std::uint8_t options = 0) {
    return bytes_of({fly::subtype::helo, options, 0, 1, text});
  };
  const std::vector<std::string> shapes{
      raw_helo(""),
      raw_helo("{}"),
      raw_helo(R"({"version":1})"),
      raw_helo(std::string(500, '[')),
      raw_helo(R"({"cookie":""})" + std::string(200, ' ')),
      raw_helo(R"({"cookie":7,"pad":")" + std::string(200, 'x') + "\"}"),
      helo("", 1),
      helo("short", 1),
      helo(std::string(31, '-'), 1),
      helo(std::string(32, '0'), 1),
      helo(std::string(1'000, 'f'), 1),
      helo(foreign, 1),
      helo(fly::blank_cookie, 1, fly::helo_option::resp),
      helo(fly::blank_cookie, 1, fly::helo_option::error),
      message(1, "call"),
      message(1, ""),
      bytes_of({.type = fly::subtype::mq, .options = fly::mq_option::subscribe, .buffer = "news"}),
      bytes_of({.type = fly::subtype::ping, .options = fly::ping_option::pong, .buffer = "x"}),
      bytes_of({.type = fly::subtype::ping, .options = 3, .buffer = "x"}),
      bytes_of({.type = fly::subtype::ping, .options = 0x31, .buffer = "x"}),
      std::string(1, '\0'),
      std::string(200, '\0'),
  };
  for (const auto& each : shapes) {
    client->bytes_sent = client->bytes_got = 0;
    const auto answers = exchange({each});
    CAF_CHECK_LESS_OR_EQUAL(client->bytes_got, client->bytes_sent);
    CAF_CHECK_LESS_OR_EQUAL(answers.size(), 1u);
  }
  CAF_CHECK_EQUAL(accepted.size(), 0u);
  const auto& counters = server->counters();
  CAF_CHECK_EQUAL(counters.dropped_unproved + counters.dropped_malformed + counters.cookies_sent, shapes.size() + 1);
  CAF_CHECK_EQUAL(counters.cookies_sent, 6u);
  CAF_CHECK_EQUAL(counters.dropped_malformed, 2u);
}

CAF_TEST(a cookie that was made for another address is of no use) {
  begin();
  const auto cookie = cookie_of(exchange({helo(fly::blank_cookie)}).at(0));
  begin();
  const auto answers = exchange({helo(cookie)});
  CAF_REQUIRE_EQUAL(answers.size(), 1u);
  CAF_CHECK(cookie_of(answers[0]) != cookie);
  CAF_CHECK_EQUAL(accepted.size(), 0u);
}

CAF_TEST(a client that asked for its cookie twice is one client with either) {
  begin();
  const auto first = ask_cookie();
  const auto second = ask_later(first);
  client->send(helo(first));
  CAF_REQUIRE(run_until([&] { return !accepted.empty() && !peer().got.empty(); }));
  client->send(helo(second, 10));
  CAF_REQUIRE(run_until([&] { return peer().got.size() == 2; }));
  CAF_CHECK_EQUAL(peer().got, (std::vector<std::string>{helo(first), helo(first, 10)}));
  CAF_CHECK_EQUAL(server->counters().accepted, 1u);
}

CAF_TEST(a client that says the same as an earlier one at its address is another one) {
  begin();
  const auto earlier = ask_cookie();
  client->send(helo(earlier));
  CAF_REQUIRE(run_until([&] { return !accepted.empty() && !peer().got.empty(); }));
  const auto own = ask_later(ask_cookie());  // of a later millisecond than the earlier client
  client->send(helo(own));
  CAF_REQUIRE(run_until([&] { return accepted.size() == 2 && !peer().got.empty(); }));
  CAF_CHECK_EQUAL(peer().got, std::vector<std::string>{helo(own)});
  CAF_CHECK_EQUAL(accepted.front()->closed, std::vector<std::string>{"another client came from its address"});
}

CAF_TEST(a pong is as long as its ping) {
  begin();
  for (const std::size_t size : {0, 1, 1'200}) {
    const std::string buffer(size, 'p');
    const auto answers = exchange({bytes_of({fly::subtype::ping, fly::ping_option::ping, 5, 6, buffer})});
    CAF_CHECK_EQUAL(answers,
                    (std::vector<std::string>{bytes_of({fly::subtype::ping, fly::ping_option::pong, 5, 6, buffer})}));
  }
}

CAF_TEST(a datagram that is not one packet is dropped) {
  prove();
  const auto whole = message(1, "hello");
  client->send(whole.substr(0, whole.size() - 1));
  client->send(whole + "x");
  client->send(whole + whole);
  client->send("");
  client->send(message(1, std::string(1'201, 'x')));
  client->send(message(1, std::string(1'200, 'x')));
  CAF_CHECK(run_until([&] { return !peer().got.empty(); }));
  CAF_CHECK_EQUAL(peer().got, std::vector<std::string>{message(1, std::string(1'200, 'x'))});
  CAF_CHECK_EQUAL(server->counters().dropped_malformed, 5u);
  peer().send(message(1, std::string(1'201, 'x')) + whole + message(2, ""));
  CAF_CHECK(run_until([&] {
    client->poll();
    return client->got.size() >= 2;
  }));
  CAF_CHECK_EQUAL(client->got, (std::vector<std::string>{whole, message(2, "")}));
}

CAF_TEST(a silent peer expires and has to prove itself anew) {
  serving.udp_idle = 100ms;
  prove();
  const auto begun = std::chrono::steady_clock::now();
  CAF_CHECK(run_until([&] { return !peer().closed.empty(); }));
  CAF_CHECK(std::chrono::steady_clock::now() - begun > 50ms);
  CAF_CHECK_EQUAL(peer().closed, std::vector<std::string>{"idle"});
  exchange({message(1, "hello")});
  CAF_CHECK_EQUAL(server->counters().dropped_unproved, 1u);
  CAF_CHECK(peer().got.empty());
}

CAF_TEST(peers are bounded) {
  serving.max_connections = 1;
  prove();
  begin();
  const auto cookie = cookie_of(exchange({helo(fly::blank_cookie)}).at(0));
  CAF_CHECK(exchange({helo(cookie)}).empty());
  CAF_CHECK_EQUAL(server->counters().refused, 1u);
  peer().transport->close();
  client->send(helo(cookie));
  CAF_CHECK(run_until([&] { return accepted.size() == 2; }));
}

CAF_TEST(packets for a paused peer are dropped) {
  prove();
  peer().transport->pause();
  client->send(message(1, "a"));
  CAF_CHECK(run_until([&] { return server->counters().dropped_paused == 1; }));
  peer().transport->resume();
  client->send(message(1, "b"));
  CAF_CHECK(run_until([&] { return !peer().got.empty(); }));
  CAF_CHECK_EQUAL(peer().got, std::vector<std::string>{message(1, "b")});
}

CAF_TEST(peers end with their server) {
  prove();
  server->close();
  CAF_CHECK(peer().closed.empty());
  CAF_CHECK(run_until([&] { return !peer().closed.empty(); }));
  CAF_CHECK_EQUAL(peer().closed, std::vector<std::string>{"the server has closed"});
  peer().send(message(1, "x"));
}

CAF_TEST_FIXTURE_SCOPE_END()
