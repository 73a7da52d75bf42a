#define CAF_SUITE action_cable_link

#include <thread>

#include "protocol/action_cable.hpp"
#include "protocol/json_text.hpp"
#include "protocol/websocket_frame.hpp"
#include "tests/load/harness/message_reader.hpp"
#include "tests/load/network_fixture.hpp"

using namespace ability;
using namespace ability::load;
using ability::load::test::is;

namespace {

const std::string upgraded =
    "HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nConnection: Upgrade\r\n"
    "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: actioncable-v1-json\r\n\r\n";

std::string text_frame(std::string_view text) {
  std::string out;
  append_text_frame(out, text);
  return out;
}

const std::string welcome = text_frame(welcome_message("sid"));

// What a client's masked frames say, one line each.
std::string unmasked(std::string_view bytes) {
  std::string out;
  while (bytes.size() >= 6) {
    std::size_t size = static_cast<std::uint8_t>(bytes[1]) & 0x7f;
    std::size_t head = 2;
    if (size == 126) {
      size = static_cast<std::size_t>(static_cast<std::uint8_t>(bytes[2])) << 8 | static_cast<std::uint8_t>(bytes[3]);
      head = 4;
    }
    for (std::size_t i = 0; i < size; ++i)
      out += static_cast<char>(bytes[head + 4 + i] ^ bytes[head + i % 4]);
    out += '\n';
    bytes.remove_prefix(std::min(bytes.size(), head + 4 + size));
  }
  return out;
}

std::string identifier_of(const std::string& stream) {
  return R"({"channel":"$pubsub","stream_name":")" + stream + "\"}";
}

std::string broadcast(const std::string& stream, std::string_view data) {
  std::string out;
  append_broadcast(out, identifier_of(stream), data, true);
  return out;
}

struct cable_fixture : load::test::network_fixture {
  std::unique_ptr<client_link> link;

  cable_fixture() { reach_for({.cable = {"ws://" + server.authority() + "/cable?a=b"}, .token = "t0ken"}); }

  auto& there() { return *server.all.back(); }
  bool asked() {
    return run_until([this] { return !server.all.empty() && there().received.find("\r\n\r\n") != std::string::npos; });
  }

  void connect() { link = net->connect(transport::action_cable, 0, telling()); }

  // Connects to a server that answers `answer`; why the connection ended.
  std::string end_after(const std::string& answer, bool close = false) {
    events.clear();
    arrivals.clear();
    server.all.clear();
    connect();
    CAF_REQUIRE(asked());
    there().send(answer);
    if (close)
      there().close();
    CAF_CHECK(run_until([this] { return !events.empty() && events.back().what == link_event::kind::closed; }));
    link = nullptr;
    return events.empty() ? "" : events.back().why;
  }

  // Connects, is let in, and follows `streams` as 1 and following.
  void follow(const std::vector<std::string>& streams) {
    events.clear();
    server.all.clear();
    connect();
    CAF_REQUIRE(asked());
    there().send(upgraded + welcome);
    CAF_REQUIRE(run_until_events(1));
    there().received.clear();
    std::uint32_t number = 0;
    for (const auto& each : streams)
      link->subscribe(++number, each, "");
    for (const auto& each : streams)
      there().send(text_frame(confirm_subscription(identifier_of(each))));
    CAF_REQUIRE(run_until_events(1 + streams.size()));
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(action_cable_link_tests, cable_fixture)

CAF_TEST(it asks as a browser does and is let in) {
  connect();
  CAF_REQUIRE(asked());
  const auto& request = there().received;
  CAF_CHECK(request.starts_with("GET /cable?a=b HTTP/1.1\r\nHost: " + server.authority() + "\r\n"));
  CAF_CHECK(request.find("\r\nSec-WebSocket-Protocol: actioncable-v1-json\r\n") != std::string::npos);
  CAF_CHECK(request.find("\r\nx-jid: t0ken\r\n") != std::string::npos);
  is(there().socket.remote_endpoint().address().to_string(), "127.0.0.2");
  for (const char c : upgraded + welcome) {  // however it is cut
    there().send({&c, 1});
    lane.io().restart();
    lane.io().poll();
  }
  CAF_REQUIRE(run_until_events(1));
  CAF_CHECK(events[0].what == link_event::kind::opened);
}

CAF_TEST(clients come from many addresses) {
  const auto far = net->connect(transport::action_cable, 5'000, telling());
  CAF_REQUIRE(asked());
  is(there().socket.remote_endpoint().address().to_string(), "127.0.0.4");
}

CAF_TEST(it follows and performs) {
  follow({"news"});
  CAF_CHECK(events[1].what == link_event::kind::confirmed);
  CAF_CHECK_EQUAL(events[1].subscription, 1u);
  link->subscribe(2, "a\"b", R"({"channel":"Chat","room":"{stream}"})");
  link->perform(2, R"({"action":"speak"})");
  CAF_REQUIRE(run_until([this] { return unmasked(there().received).find("speak") != std::string::npos; }));
  const std::string chat = R"("{\"channel\":\"Chat\",\"room\":\"a\\\"b\"}")";
  CAF_CHECK(unmasked(there().received) ==
            R"({"command":"subscribe","identifier":"{\"channel\":\"$pubsub\",\"stream_name\":\"news\"}"})"
            "\n"
            R"({"command":"subscribe","identifier":)" +
                chat + "}\n" + R"({"command":"message","identifier":)" + chat + R"(,"data":"{\"action\":\"speak\"}"})" +
                "\n");
  there().send(text_frame(R"({"identifier":)" + chat + R"(,"type":"reject_subscription"})"));
  CAF_REQUIRE(run_until_events(3));
  CAF_CHECK(events[2].what == link_event::kind::rejected);
  CAF_CHECK_EQUAL(events[2].subscription, 2u);
}

CAF_TEST(stamped messages arrive for their subscriptions) {
  std::vector<std::string> streams;
  for (int i = 1; i <= 20; ++i)
    streams.push_back("s/" + std::to_string(i));
  follow(streams);
  std::string bytes;
  for (std::uint64_t i = 1; i <= 20; ++i)
    bytes += text_frame(broadcast(streams[i - 1], message(i)));
  // As another server may escape it.
  bytes += text_frame(R"({"type":"x","identifier":"{\"channel\":\"$pubsub\",\"stream_name\":\"s\/7\"}","message":)" +
                      message(7) + "}");
  bytes += text_frame(broadcast("nobody", message(0)));
  there().send(bytes);
  CAF_REQUIRE(run_until([this] { return arrivals.size() == 22; }));
  for (std::uint64_t i = 1; i <= 20; ++i) {
    CAF_CHECK(arrivals[i - 1].stamped);
    CAF_CHECK_EQUAL(arrivals[i - 1].subscription, i);
    CAF_CHECK(arrivals[i - 1].mark == (stamp{1, 2, i, 1'000, 2'000}));
    CAF_CHECK(arrivals[i - 1].text.empty());
  }
  CAF_CHECK_EQUAL(arrivals[20].subscription, 7u);
  CAF_CHECK_EQUAL(arrivals[21].subscription, 0u);
}

CAF_TEST(messages of others have their texts when wanted) {
  follow({"news"});
  link->want_texts();
  there().send(text_frame(ping_message(1)) + text_frame(R"({"type":"confirm_subscription","identifier":"none"})") +
               text_frame(R"({"type":"what"})") + text_frame(broadcast("news", "{\"a\":1}")));
  CAF_REQUIRE(run_until([this] { return !arrivals.empty(); }));
  CAF_CHECK(!arrivals[0].stamped);
  CAF_CHECK_EQUAL(arrivals[0].subscription, 1u);
  is(arrivals[0].text, broadcast("news", "{\"a\":1}"));
  CAF_CHECK_EQUAL(events.size(), 2u);
}

CAF_TEST(frames come in pieces and fragments with pings between) {
  follow({"news"});
  const auto text = broadcast("news", message(5));
  auto first = text_frame(text.substr(0, 70));
  first[0] = 0x01;
  auto second = text_frame(text.substr(70, 40));
  second[0] = 0x00;
  auto third = text_frame(text.substr(110));
  third[0] = static_cast<char>(0x80);
  for (const char c : first + std::string{"\x89\x02hi"} + second + third) {
    there().send({&c, 1});
    lane.io().restart();
    lane.io().poll();
  }
  there().send(text_frame(broadcast("news", message(6))));
  CAF_REQUIRE(run_until([this] { return arrivals.size() == 2; }));
  CAF_CHECK_EQUAL(arrivals[0].mark.number, 5u);
  CAF_CHECK_EQUAL(arrivals[1].mark.number, 6u);
  CAF_CHECK(run_until([this] { return unmasked(there().received).ends_with("\nhi\n"); }));
}

CAF_TEST(a message of a megabyte arrives) {
  follow({"news"});
  std::string data;
  append_message(data, run, {1, 2, 3, 4, 5}, max_message_bytes);
  std::thread writer{[&] { there().send(text_frame(broadcast("news", data))); }};
  CAF_CHECK(run_until([this] { return arrivals.size() == 1; }));
  writer.join();
}

CAF_TEST(nothing is read while it is paused) {
  follow({"news"});
  link->pause_reading();
  there().send(text_frame(broadcast("news", message(1))));
  for (int i = 0; i < 20; ++i) {
    lane.io().restart();
    lane.io().run_one_for(std::chrono::milliseconds{1});
  }
  CAF_CHECK(arrivals.empty());
  link->resume_reading();
  CAF_CHECK(run_until([this] { return arrivals.size() == 1; }));
}

CAF_TEST(it says goodbye) {
  follow({"news"});
  there().received.clear();
  link->close();
  link = nullptr;
  CAF_REQUIRE(run_until([this] { return !there().received.empty(); }));
  is(unmasked(there().received), "\x03\xe8\n");
  CAF_CHECK(!there().ended);
  there().socket.shutdown(load::test::tcp::socket::shutdown_send);
  CAF_REQUIRE(run_until([this] { return there().ended; }));
  CAF_CHECK(there().error == boost::asio::error::eof);
  CAF_CHECK_EQUAL(events.size(), 2u);
}

CAF_TEST(one that is dropped is reset) {
  follow({"news"});
  link = nullptr;
  CAF_REQUIRE(run_until([this] { return there().ended; }));
  CAF_CHECK(there().error == boost::asio::error::connection_reset);
}

CAF_TEST(the owner may destroy it while it is told) {
  link = net->connect(transport::action_cable, 0, [this](link_news news) {
    for (const auto& each : news.events)
      events.push_back(each);
    link = nullptr;
  });
  CAF_REQUIRE(asked());
  there().send(upgraded + welcome + text_frame(ping_message(1)));
  CAF_REQUIRE(run_until([this] { return there().ended; }));
  CAF_CHECK_EQUAL(events.size(), 1u);
}

CAF_TEST(a server that refuses is told by its status) {
  is(end_after("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"), "HTTP 401");
  is(end_after("HTTP/1.0 503 \r\n\r\n"), "HTTP 503");
  is(end_after("HTTP/1.1 200 OK\r\n\r\nhello"), "HTTP 200");
  server.stop();
  link = net->connect(transport::action_cable, 0, telling());
  events.clear();
  CAF_REQUIRE(run_until_events(1));
  CAF_CHECK_EQUAL(events[0].why, "connection refused");
}

CAF_TEST(an answer that is none ends it) {
  auto other = upgraded;
  const std::string none = "not a WebSocket answer";
  is(end_after("SSH-2.0-OpenSSH_9.2\r\n"), none);
  is(end_after(std::string(100'000, 'H')), none);
  is(end_after("HTTP/1.1 101 Fine\r\nx: " + std::string(100'000, 'x')), none);
  is(end_after("HTTP/1.1 1\r\n\r\n"), none);
  is(end_after("HTTP/1.\r\n\r\n"), none);
  is(end_after("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"), none);
  is(end_after(other.replace(other.find("s3pP"), 4, "XXXX")), none);
  other = upgraded;
  is(end_after(other.replace(other.find("v1-json"), 7, "v9-json")), "another subprotocol");
  is(end_after(upgraded.substr(0, 50), true), "connection closed");
  is(end_after("", true), "connection closed");
}

CAF_TEST(frames that make no sense end it) {
  const auto garbage = [this](const std::string& bytes) { return end_after(upgraded + welcome + bytes); };
  is(garbage("\xff\xff\xff\xff"), "garbage: reserved bits are set");
  is(garbage("\x81\x85mask12345"), "garbage: a masked frame");
  is(garbage("\x83\x01x"), "garbage: an unknown kind of frame");
  is(garbage("\x89\x7e\x01\x01"), "garbage: a control frame that is too long");
  is(garbage("\x80\x01x"), "garbage: fragments out of order");
  is(garbage("\x01\x01x\x81\x01x"), "garbage: fragments out of order");
  is(garbage("\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff"), "garbage: a message over 4 MiB");
  is(garbage("\x82\x01x"), "garbage: a binary message");
  is(garbage(text_frame("what?")), "garbage: a message that is no JSON object");
  is(garbage(text_frame("")), "garbage: a message that is no JSON object");
  is(garbage(text_frame(std::string(100'000, '['))), "garbage: a message that is no JSON object");
}

CAF_TEST(the reason of an end is told) {
  const auto end = [this](const std::string& bytes) { return end_after(upgraded + welcome + bytes, true); };
  is(end(close_frame(1011, "oops")), "closed: 1011");
  is(end(std::string{"\x88\x00", 2}), "closed: 1005");
  is(end(text_frame(disconnect_message("server_restart", true)) + close_frame(1001, "")), "disconnect: server_restart");
  is(end(text_frame(R"({"type":"disconnect"})")), "disconnect: ");
  is(end(text_frame(broadcast("x", "1")).substr(0, 9)), "connection closed");
  is(end_after(upgraded + text_frame(disconnect_message("unauthorized", false))), "disconnect: unauthorized");
  follow({"news"});
  events.clear();
  there().reset();
  CAF_REQUIRE(run_until_events(1));
  CAF_CHECK_EQUAL(events[0].why, "connection reset");
}

CAF_TEST(pings without end do not pile up answers) {
  follow({"news"});
  std::string pings;
  for (int i = 0; i < 10'000; ++i)
    pings += "\x89\x7d" + std::string(125, 'p');
  there().socket.set_option(boost::asio::socket_base::receive_buffer_size{4'096});
  std::thread writer{[&] {
    for (int i = 0; i < 20; ++i)
      there().send(pings);
    there().send(text_frame(disconnect_message("done", false)));
  }};
  CAF_CHECK(run_until([this] { return events.back().what == link_event::kind::closed; }));
  writer.join();
  CAF_CHECK_EQUAL(events.back().why, "disconnect: done");
}

CAF_TEST_FIXTURE_SCOPE_END()
