// Labels: hardened
#define CAF_SUITE fly_websocket
#include "caf/test/unit_test.hpp"
#include "protocol/websocket/frame.hpp"
#include "tests/net/fly/fly_fixture.hpp"

using namespace ability;
using namespace ability::test;

namespace {

// A client's frame, masked by zeros, so that the payload stays as it is.
std::string frame(opcode type, const std::string& payload, bool final = true) {
  std::string head;
  append_frame_header(head, type, payload.size());
  head[1] = static_cast<char>(head[1] | '\x80');
  if (!final)
    head[0] = static_cast<char>(head[0] & 0x7F);
  return head + std::string(4, '\0') + payload;
}

std::string server_frame(const std::string& payload) {
  std::string head;
  append_frame_header(head, opcode::binary, payload.size());
  return head + payload;
}

struct fixture : fly_fixture {
  std::optional<raw_tcp> client;

  fly_end& peer() { return *accepted.back(); }

  // The server's response to a request.
  std::string ask(const std::string& target, const std::string& headers, const std::string& behind = {}) {
    if (server == nullptr)
      CAF_REQUIRE(listen("ws://127.0.0.1:0/fly"));
    client.emplace(*this, server->local().port);
    client->send("GET " + target + " HTTP/1.1\r\nHost: here\r\n" + headers + "\r\n" + behind);
    run_until([&] {
      client->poll();
      return client->ended || contains(client->got, "\r\n\r\n");
    });
    return std::exchange(client->got, {});
  }

  static std::string upgrade(const std::string& subprotocol, const std::string& key = "dGhlIHNhbXBsZSBub25jZQ==") {
    return "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: " +
           key + "\r\n" + (subprotocol.empty() ? "" : "Sec-WebSocket-Protocol: " + subprotocol + "\r\n");
  }

  void connect() {
    const auto before = accepted.size();
    CAF_REQUIRE(ask("/fly", upgrade("flyrpc.v1")).starts_with("HTTP/1.1 101 "));
    CAF_REQUIRE_EQUAL(accepted.size(), before + 1);
  }

  // All bytes that arrived until the server closed.
  std::string rest() {
    run_until([&] {
      // The end may have arrived with the head; the socket is then closed.
      if (!client->ended)
        client->poll();
      return client->ended;
    });
    return client->got;
  }

  std::string closed() {
    run_until([&] { return !peer().closed.empty(); });
    return peer().closed.empty() ? "nothing" : peer().closed.front();
  }

  // Code of the close frame that the server sends in reply to a client's bytes.
  int code_for(const std::string& bytes) {
    connect();
    client->send(bytes);
    // The close frame has arrived; answer it as a client does.
    run_until([&] {
      client->poll();
      return client->got.size() >= 4;
    });
    client->send(frame(opcode::close, "\x03\xe8"));
    const auto got = rest();
    CAF_CHECK(run_until([&] { return !peer().closed.empty(); }));
    CAF_CHECK_EQUAL(peer().closed.size(), 1u);
    return got.size() < 4 || got[0] != '\x88'
               ? 0
               : static_cast<unsigned char>(got[2]) << 8 | static_cast<unsigned char>(got[3]);
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(fly_websocket_tests, fixture)

CAF_TEST(the subprotocol is agreed to among others and with a query behind the path) {
  const auto answer = ask("/fly?a=b", upgrade("other, flyrpc.v1") + "Origin: http://elsewhere\r\n");
  CAF_CHECK(answer.starts_with("HTTP/1.1 101 "));
  CAF_CHECK(contains(answer, "Sec-WebSocket-Protocol: flyrpc.v1\r\n"));
}

CAF_TEST(other requests are told what is wrong with them) {
  CAF_CHECK(ask("/", upgrade("flyrpc.v1")).starts_with("HTTP/1.1 404 "));
  CAF_CHECK(ask("/fly/", upgrade("flyrpc.v1")).starts_with("HTTP/1.1 404 "));
  for (const std::string offer : {"", "other", "flyrpc.v2"}) {
    auto answer = ask("/fly", upgrade(offer));
    answer += rest();
    CAF_CHECK(answer.starts_with("HTTP/1.1 400 "));
    CAF_CHECK(contains(answer, "the client must offer the subprotocol flyrpc.v1"));
  }
  CAF_CHECK(ask("/fly", "").starts_with("HTTP/1.1 426 "));
  CAF_CHECK(ask("/fly", upgrade("flyrpc.v1"), frame(opcode::binary, "x")).starts_with("HTTP/1.1 400 "));
  CAF_CHECK(ask("/fly", "no header\r\n").starts_with("HTTP/1.1 400 "));
  CAF_CHECK(ask("/fly", "X: " + std::string(20'000, 'x') + "\r\n").starts_with("HTTP/1.1 400 "));
  CAF_CHECK_EQUAL(accepted.size(), 0u);
  CAF_CHECK_EQUAL(server->counters().failed_handshakes, 9u);
}

CAF_TEST(a key of another form and a body are refused) {
  for (const std::string key :
       {"", "abc", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZ===", "dGhlIHNhbXBsZSBub25jZQ.="})
    CAF_CHECK(ask("/fly", upgrade("flyrpc.v1", key)).starts_with("HTTP/1.1 400 "));
  for (const std::string body : {"Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n"}) {
    auto answer = ask("/fly", upgrade("flyrpc.v1") + body);
    answer += rest();
    CAF_CHECK(answer.starts_with("HTTP/1.1 400 "));
    CAF_CHECK(contains(answer, "has no body"));
  }
  CAF_CHECK(ask("/fly", upgrade("flyrpc.v1") + "Content-Length: 0\r\n").starts_with("HTTP/1.1 101 "));
  CAF_CHECK_EQUAL(accepted.size(), 1u);
}

CAF_TEST(who is to upgrade is told to what) {
  auto answer = ask("/fly", "");
  answer += rest();
  CAF_CHECK(answer.starts_with("HTTP/1.1 426 "));
  CAF_CHECK(contains(answer, "Upgrade: websocket\r\n"));
  CAF_CHECK(contains(answer, "Connection: upgrade, close\r\n"));
}

CAF_TEST(lines of one header are one list) {
  const auto answer = ask("/fly", upgrade("other") + "Sec-WebSocket-Protocol: flyrpc.v1\r\nConnection: keep-alive\r\n");
  CAF_CHECK(answer.starts_with("HTTP/1.1 101 "));
}

CAF_TEST(a request has one Host) {
  CAF_CHECK(ask("/fly", "Host: there\r\n" + upgrade("flyrpc.v1")).starts_with("HTTP/1.1 400 "));
  client.emplace(*this, server->local().port);
  client->send("GET /fly HTTP/1.1\r\n" + upgrade("flyrpc.v1") + "\r\n");
  CAF_CHECK(rest().starts_with("HTTP/1.1 400 "));
  CAF_CHECK_EQUAL(accepted.size(), 0u);
}

CAF_TEST(an answer to HEAD has no body) {
  CAF_REQUIRE(listen("ws://127.0.0.1:0/fly"));
  for (const std::string target : {"/", "/fly"}) {
    client.emplace(*this, server->local().port);
    client->send("HEAD " + target + " HTTP/1.1\r\nHost: here\r\n\r\n");
    const auto answer = rest();
    CAF_CHECK(answer.starts_with("HTTP/1.1 4"));
    CAF_CHECK(answer.ends_with("\r\n\r\n"));
  }
}

CAF_TEST(one binary message is one packet in whatever frames it comes) {
  connect();
  const auto whole = message(1, "hello");
  client->send(frame(opcode::binary, whole) + frame(opcode::ping, "p") +
               frame(opcode::binary, whole.substr(0, 3), false) + frame(opcode::continuation, whole.substr(3)));
  CAF_CHECK(run_until([&] { return peer().got.size() == 2; }));
  CAF_CHECK_EQUAL(peer().got, (std::vector<std::string>{whole, whole}));
  client->poll();
  client->got.clear();
  peer().send(whole + message(2, "") + whole);
  const auto expected = server_frame(whole) + server_frame(message(2, "")) + server_frame(whole);
  run_until([&] {
    client->poll();
    return client->got.size() >= expected.size();
  });
  CAF_CHECK_EQUAL(client->got, expected);
}

CAF_TEST(what is no packet closes with its code) {
  CAF_CHECK_EQUAL(code_for(frame(opcode::text, "hello")), 1003);
  CAF_CHECK_EQUAL(peer().closed.front(), "text is no packet");
  CAF_CHECK_EQUAL(code_for(frame(opcode::text, message(1, "hello"))), 1007);  // not even text
  CAF_CHECK_EQUAL(code_for(frame(opcode::binary, "")), 1002);
  CAF_CHECK_EQUAL(code_for(frame(opcode::binary, message(1, "hello").substr(1))), 1002);
  CAF_CHECK_EQUAL(code_for(frame(opcode::binary, message(1, "hello") + "x")), 1002);
  CAF_CHECK_EQUAL(code_for(frame(opcode::binary, message(1, "a") + message(2, "b"))), 1002);
  CAF_CHECK_EQUAL(code_for(frame(opcode::binary, message(1, std::string(65'535, 'x')) + "x")), 1009);
  CAF_CHECK_EQUAL(peer().closed.front(), "a message that is longer than any packet");
  CAF_CHECK_EQUAL(code_for(frame(opcode::binary, message(1, "x")).replace(1, 1, 1, '\x07')), 1002);  // not masked
  for (const auto& each : accepted)
    CAF_CHECK(each->got.empty());
}

CAF_TEST(a close by the peer is answered and told) {
  connect();
  client->send(frame(opcode::close, "\x03\xe8 bye"));
  CAF_CHECK(rest().starts_with("\x88"));
  CAF_CHECK_EQUAL(closed(), "");
  connect();
  client->send(frame(opcode::close, "\x0f\xa0why"));
  CAF_CHECK_EQUAL(closed(), "closed by the peer with code 4000: why");
  connect();
  client->socket.close();
  CAF_CHECK(run_until([&] { return !peer().closed.empty(); }));
}

CAF_TEST(closing tells why and gives up on a peer that is silent) {
  connect();
  peer().send(message(1, "x"));
  const std::string why(122, 'y');
  peer().transport->close(why + "\xc3\xa4");
  const auto begun = std::chrono::steady_clock::now();
  CAF_CHECK_EQUAL(rest(), server_frame(message(1, "x")) + "\x88\x7c\x03\xe8" + why);
  CAF_CHECK(std::chrono::steady_clock::now() - begun < 10s);
  CAF_CHECK(peer().closed.empty());
}

CAF_TEST(a client that says nothing is not waited for any longer than allowed) {
  serving.handshake_timeout = 50ms;
  CAF_REQUIRE(listen("ws://127.0.0.1:0/fly"));
  client.emplace(*this, server->local().port);
  CAF_CHECK_EQUAL(rest(), "");
  CAF_CHECK_EQUAL(server->counters().failed_handshakes, 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
