#define CAF_SUITE action_cable_hostile

#include <thread>

#include "tests/apps_load/cable_fixture.hpp"

using namespace ability;
using namespace ability::load;
using namespace ability::load::test;

CAF_TEST_FIXTURE_SCOPE(action_cable_hostile_tests, cable_fixture)

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
