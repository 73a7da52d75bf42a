#define CAF_SUITE action_cable_link

#include <thread>

#include "tests/apps_load/cable_fixture.hpp"

using namespace ability;
using namespace ability::load;
using namespace ability::load::test;

CAF_TEST_FIXTURE_SCOPE(action_cable_link_tests, cable_fixture)

CAF_TEST(it asks as a browser does and is let in) {
  connect();
  CAF_REQUIRE(asked());
  const auto& request = there().received;
  CAF_CHECK(request.starts_with("GET /cable?a=b HTTP/1.1\r\nHost: " + server.authority() + "\r\n"));
  CAF_CHECK(request.find("\r\nSec-WebSocket-Protocol: actioncable-v1-json\r\n") != std::string::npos);
  CAF_CHECK(request.find("\r\nx-jid: t0ken\r\n") != std::string::npos);
  is(there().socket.remote_endpoint().address().to_string(), "127.0.0.2");
  for (const char c : upgraded + welcome) {  // in pieces of one byte
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
  link->subscribe(2, "a\"b", R"({"channel":"Chat","room":"{stream}"})", "");
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
  // Escaped as another server may do it.
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

CAF_TEST(an extended client tells positions and resumes from them) {
  link = net->connect(transport::action_cable_ext, 0, telling());
  CAF_REQUIRE(asked());
  CAF_CHECK(there().received.find("\r\nSec-WebSocket-Protocol: actioncable-v1-ext-json\r\n") != std::string::npos);
  auto answer = upgraded;
  answer.replace(answer.find(subprotocol_json), subprotocol_json.size(), subprotocol_ext_json);
  there().send(answer + welcome);
  CAF_REQUIRE(run_until_events(1));
  there().received.clear();
  link->subscribe(1, "news", "", R"({"ne\"ws":{"epoch":"00ff","offset":7}})");
  CAF_REQUIRE(run_until([this] { return unmasked(there().received).find("offset") != std::string::npos; }));
  is(unmasked(there().received),
     R"({"command":"subscribe","identifier":"{\"channel\":\"$pubsub\",\"stream_name\":\"news\"}","history":{"streams":)"
     R"({"ne\"ws":{"epoch":"00ff","offset":7}}}})"
     "\n");
  auto with_position = broadcast("news", message(5));
  with_position.insert(with_position.size() - 1, R"(,"stream_id":"ne\"ws","epoch":"00ff","offset":8)");
  const std::string about = R"(,"identifier":"{\"channel\":\"$pubsub\",\"stream_name\":\"news\"}"})";
  there().send(text_frame(confirm_subscription(identifier_of("news"))) + text_frame(with_position) +
               text_frame(R"({"type":"confirm_history")" + about) + text_frame(broadcast("news", message(6))) +
               text_frame(R"({"type":"reject_history")" + about));
  CAF_REQUIRE(run_until_events(4));
  CAF_CHECK(events[2].what == link_event::kind::resumed);
  CAF_CHECK(events[3].what == link_event::kind::resume_refused);
  CAF_CHECK_EQUAL(events[3].subscription, 1u);
  CAF_REQUIRE_EQUAL(arrivals.size(), 2u);
  is(arrivals[0].position, R"({"ne\"ws":{"epoch":"00ff","offset":8}})");
  is(arrivals[1].position, "");
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
  const auto ping = "\x89\x02hi";
  for (const char c : first.append(ping).append(second).append(third)) {
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
  pauses_and_resumes(*link, [this] { there().send(text_frame(broadcast("news", message(1)))); });
}

CAF_TEST(a reset is told while it is paused and something waits to be read) {
  follow({"news"});
  link->pause_reading();
  there().send(text_frame(broadcast("news", message(1))));
  for (int i = 0; i < 20; ++i) {
    lane.io().restart();
    lane.io().run_one_for(std::chrono::milliseconds{1});
  }
  there().reset();
  CAF_REQUIRE(run_until_events(3));
  CAF_CHECK(events[2].what == link_event::kind::closed);
  is(events[2].why, "connection reset");
  CAF_CHECK(arrivals.empty());
}

CAF_TEST(it says goodbye) {
  follow({"news"});
  there().received.clear();
  link->close();
  link = nullptr;
  CAF_REQUIRE(run_until([this] { return !there().received.empty(); }));
  is(unmasked(there().received), "\x03\xe8\n");
  CAF_CHECK(!there().ended);
  there().socket.shutdown(tcp::socket::shutdown_send);
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

CAF_TEST_FIXTURE_SCOPE_END()
