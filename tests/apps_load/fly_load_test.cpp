#define CAF_SUITE fly_load

#include <boost/asio/ip/udp.hpp>

#include "protocol/fly/helo.hpp"
#include "protocol/fly/packet.hpp"
#include "protocol/fly/positions.hpp"
#include "protocol/fly/remote_error.hpp"
#include "tests/apps_load/network_fixture.hpp"

using namespace ability;
using namespace ability::load;
using ability::load::test::is;

namespace {

namespace mq = fly::mq_option;

std::string packet(fly::subtype type, std::uint8_t options, std::uint16_t command, std::string_view buffer) {
  std::string out;
  fly::append_packet(out, {.type = type, .options = options, .command = command, .buffer = buffer});
  return out;
}

std::string welcome(bool positions = false) {
  return packet(fly::subtype::helo, fly::helo_option::resp, 0,
                encode_helo(fly::helo_reply{.positions = positions, .session = "sid"}));
}

// A message with a position, or without one at the offset 0.
std::string numbered(std::uint16_t alias, std::uint64_t offset, const std::string& data, std::uint8_t options = 0) {
  std::string buffer;
  fly::append_position(buffer, offset == 0 ? std::nullopt : std::optional{stream_position{1, offset}});
  return packet(fly::subtype::mq, options, alias, buffer + data);
}

std::string farewell(std::string text) {
  return packet(fly::subtype::helo, fly::helo_option::resp | fly::helo_option::error, 0,
                encode_error(fly::remote_error{fly::error_code::closing, std::move(text)}));
}

struct fly_fixture : load::test::network_fixture {
  std::unique_ptr<client_link> link;
  std::unique_ptr<publish_link> way;

  fly_fixture() {
    reach_for({.fly = {"tcp://" + server.authority()}, .token = "t0ken", .headers = {{"Cookie", "a=b"}}});
  }
  ~fly_fixture() {
    link = nullptr;
    way = nullptr;
  }

  auto& there() { return *server.all.back(); }

  // Calls `answer` for each received packet.
  void serve(std::function<void(load::test::scripted_server::connection&, const fly::packet&)> answer) {
    server.on_bytes = [answer = std::move(answer)](auto& from) {
      while (const auto next = fly::first_packet(from.received)) {
        const auto size = size_of(*next);
        answer(from, *next);
        from.received.erase(0, size);
      }
    };
  }

  // Accepts every client and confirms every stream, except those named `bad`.
  static void be_router(load::test::scripted_server::connection& from, const fly::packet& what) {
    if (what.type == fly::subtype::helo)
      from.send(welcome());
    else if (what.type == fly::subtype::ping)
      from.send(packet(fly::subtype::ping, fly::ping_option::pong, 0, what.buffer));
    else if (what.has(mq::subscribe) && what.buffer == "bad")
      from.send(packet(fly::subtype::mq, mq::reject, what.command, "rejected"));
    else if (what.has(mq::subscribe))
      from.send(packet(fly::subtype::mq, mq::confirm, what.command, {}));
  }

  std::string end_after(const std::string& answer, bool close) {
    events.clear();
    serve([=](auto& from, const auto&) {
      from.send(answer);
      if (close)
        from.close();
    });
    link = net->connect(transport::fly_tcp, 0, telling());
    CAF_CHECK(run_until([this] { return !events.empty() && events.back().what == link_event::kind::closed; }));
    return events.empty() ? "" : events.back().why;
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(fly_load_tests, fly_fixture)

CAF_TEST(a client is let in follows and gets what is stamped) {
  std::string said;
  serve([&](auto& from, const auto& what) {
    if (what.type == fly::subtype::helo)
      said = what.buffer;
    be_router(from, what);
  });
  link = net->connect(transport::fly_tcp, 0, telling());
  CAF_REQUIRE(run_until_events(1));
  CAF_CHECK(events[0].what == link_event::kind::opened);
  const auto helo = fly::decode_helo_request(said);
  CAF_REQUIRE(helo.has_value());
  is(helo->token, "t0ken");
  is(helo->headers.at("cookie"), "a=b");
  link->subscribe(7, "news", "", "");
  link->subscribe(8, "bad", "", "");
  CAF_REQUIRE(run_until_events(3));
  CAF_CHECK(events[1].what == link_event::kind::confirmed);
  CAF_CHECK_EQUAL(events[1].subscription, 7u);
  CAF_CHECK(events[2].what == link_event::kind::rejected);
  CAF_CHECK_EQUAL(events[2].subscription, 8u);
  there().send(packet(fly::subtype::mq, 0, 7, message(1)) + packet(fly::subtype::mq, mq::reject, 7, "too long") +
               packet(fly::subtype::rpc, 0, 7, message(2)) + packet(fly::subtype::mq, 0, 7, "other"));
  CAF_REQUIRE(run_until([this] { return arrivals.size() == 2; }));
  CAF_CHECK(arrivals[0].stamped);
  CAF_CHECK_EQUAL(arrivals[0].mark.number, 1u);
  CAF_CHECK_EQUAL(arrivals[0].subscription, 7u);
  CAF_CHECK(!arrivals[1].stamped);
  link->perform(7, "{}");
  CAF_REQUIRE(run_until_events(4));
  is(events[3].why, "FlyRPC has no actions");
}

CAF_TEST(the reason of an end of FlyRPC is told) {
  is(end_after(welcome() + farewell("server_restart"), true), "disconnect: server_restart");
  is(end_after(farewell("unauthorized"), true), "disconnect: unauthorized");
  is(end_after(welcome(), true), "connection closed");
  is(end_after(packet(fly::subtype::helo, fly::helo_option::resp, 0, "what?"), false),
     "garbage: an answer to the Helo that makes no sense");
  server.stop();
  events.clear();
  link = net->connect(transport::fly_tcp, 0, telling());
  CAF_REQUIRE(run_until_events(1));
  is(events[0].why, "connection refused");
}

CAF_TEST(reading stops and goes on) {
  serve(be_router);
  link = net->connect(transport::fly_tcp, 0, telling());
  CAF_REQUIRE(run_until_events(1));
  pauses_and_resumes(*link, [this] { there().send(packet(fly::subtype::mq, 0, 1, message(1))); });
}

CAF_TEST(what is published is accepted by a pong behind it) {
  std::vector<std::string> said;
  serve([&](auto& from, const auto& what) {
    if (what.type == fly::subtype::mq && what.options == 0)
      said.emplace_back(what.buffer);
    be_router(from, what);
  });
  way = net->open_publisher(publish_by::fly, 0, settling());
  way->publish({{"a", "1"}, {"b", "2"}});
  way->publish({{"bad", "3"}});
  way->publish({{"a", "4"}});
  CAF_REQUIRE(run_until([this] { return settled.size() == 3; }));
  CAF_CHECK(settled[0].accepted);
  is(settled[1].why, "rejected");
  CAF_CHECK(settled[2].accepted);
  CAF_CHECK(said == (std::vector<std::string>{"1", "2", "4"}));
}

CAF_TEST(what a router does not take refuses its batch) {
  serve([&](auto& from, const auto& what) {
    if (what.type == fly::subtype::mq && what.options == 0)
      from.send(packet(fly::subtype::mq, mq::reject, what.command, "no whispering here"));
    be_router(from, what);
  });
  way = net->open_publisher(publish_by::fly, 0, settling());
  way->publish({{"a", "1"}});
  CAF_REQUIRE(run_until([this] { return settled.size() == 1; }));
  is(settled[0].why, "no whispering here");
  there().reset();
  server.stop();
  run_until([this] { return there().ended; });
  way->publish({{"a", "1"}});
  way->publish({{"a", "1"}});
  CAF_REQUIRE(run_until([this] { return settled.back().batches + settled.size() >= 3; }));
  CAF_CHECK(!settled.back().accepted);
}

CAF_TEST(over UDP a cookie is shown and what was lost is said again) {
  using udp = boost::asio::ip::udp;
  udp::socket router{lane.io(), udp::endpoint{boost::asio::ip::address_v4::loopback(), 0}};
  udp::endpoint who;
  std::array<char, 2'000> buffer;
  int helos = 0;
  int subscribes = 0;
  const auto send = [&](const std::string& bytes) { router.send_to(boost::asio::buffer(bytes), who); };
  std::function<void()> read = [&] {
    router.async_receive_from(boost::asio::buffer(buffer), who, [&](auto error, std::size_t size) {
      if (error)
        return;
      const auto what = fly::whole_packet({buffer.data(), size});
      if (what && what->type == fly::subtype::helo && ++helos == 2)  // the first is lost
        send(packet(fly::subtype::helo, fly::helo_option::resp, 0, fly::encode_cookie_reply(std::string(32, 'c'))));
      else if (what && what->type == fly::subtype::helo && fly::decode_helo_request(what->buffer)->cookie[0] == 'c')
        send(welcome());
      else if (what && what->has(mq::subscribe) && ++subscribes == 2)  // as if the reply to the first was lost
        send(packet(fly::subtype::mq, mq::reject, what->command, "the alias 1 is in use"));
      read();
    });
  };
  read();
  reach_for({.fly = {"udp://127.0.0.1:" + std::to_string(router.local_endpoint().port())}});
  link = net->connect(transport::fly_udp, 0, telling());
  CAF_REQUIRE(run_until_events(1));
  CAF_CHECK_EQUAL(helos, 3);
  link->subscribe(1, "news", "", "");
  CAF_REQUIRE(run_until_events(2));
  CAF_CHECK(events[1].what == link_event::kind::confirmed);
  link = nullptr;
  router.close();
}

CAF_TEST(a client with positions tells them and resumes from them) {
  std::vector<std::string> asked;
  serve([&](auto& from, const auto& what) {
    if (what.type == fly::subtype::helo) {
      CAF_CHECK(fly::decode_helo_request(what.buffer)->positions);
      from.send(welcome(true));
    } else if (what.has(mq::subscribe)) {
      asked.emplace_back(what.buffer);
      const bool resumes = asked.size() == 1;
      from.send(packet(fly::subtype::mq, mq::confirm, what.command,
                       fly::encode_beginning({.positions = {{{1, resumes ? 7u : 9u}, 9}}, .completes = resumes})));
    }
  });
  link = net->connect(transport::fly_tcp_ext, 0, telling());
  CAF_REQUIRE(run_until_events(1));
  link->subscribe(7, "news", "", R"({"positions":[{"epoch":"0000000000000001","offset":7,"last":7}]})");
  CAF_REQUIRE(run_until_events(3));
  is(asked.at(0), R"({"subscribe":"news","since":[{"epoch":"0000000000000001","offset":7}]})");
  CAF_CHECK(events[1].what == link_event::kind::confirmed);
  CAF_CHECK(events[2].what == link_event::kind::resumed);
  there().send(numbered(7, 8, message(1)) + numbered(7, 9, "for others", mq::reject) + numbered(7, 0, message(2)) +
               numbered(7, 0, "too long", mq::reject) + numbered(7, 10, message(3)) + numbered(7, 10, message(3)));
  CAF_REQUIRE(run_until([this] { return arrivals.size() == 4; }));
  is(arrivals[0].position, R"({"positions":[{"epoch":"0000000000000001","offset":8,"last":8}]})");
  is(arrivals[2].position, R"({"positions":[{"epoch":"0000000000000001","offset":10,"last":10}]})");
  CAF_CHECK_EQUAL(arrivals[3].mark.number, 3u);  // the server's mistake is to be seen
  link->subscribe(8, "other", "", R"({"positions":[{"epoch":"0000000000000001","offset":1}]})");
  CAF_REQUIRE(run_until_events(5));
  CAF_CHECK(events[3].what == link_event::kind::confirmed);
  CAF_CHECK(events[4].what == link_event::kind::resume_refused);
}

CAF_TEST(a server without positions is of no use to a client that resumes) {
  serve([](auto& from, const auto& what) { be_router(from, what); });
  link = net->connect(transport::fly_tcp_ext, 0, telling());
  CAF_REQUIRE(run_until_events(1));
  is(events[0].why, "no positions");
}

CAF_TEST(over UDP what was lost is asked for and comes once and in order) {
  boost::asio::ip::udp::socket router{lane.io(), {boost::asio::ip::address_v4::loopback(), 0}};
  std::array<char, 2'000> buffer{};
  boost::asio::ip::udp::endpoint who;
  std::vector<std::string> asked;
  const auto send = [&](const std::string& bytes) { router.send_to(boost::asio::buffer(bytes), who); };
  const auto confirm = [&](const auto& subscription) {
    asked.emplace_back(subscription.buffer);
    send(packet(
        fly::subtype::mq, mq::confirm, subscription.command,
        fly::encode_beginning({.positions = {{{1, 0}, asked.size() == 1 ? 0u : 3u}}, .completes = asked.size() > 1})));
    if (asked.size() == 1)
      send(numbered(1, 1, message(1)));  // the second is lost
    if (asked.size() == 2)
      send(numbered(1, 2, message(2)));
    if (asked.size() <= 2)
      send(numbered(1, 3, message(3)));
  };
  std::function<void()> read = [&] {
    router.async_receive_from(boost::asio::buffer(buffer), who, [&](auto error, std::size_t size) {
      if (error)
        return;
      const auto what = fly::whole_packet({buffer.data(), size});
      if (what && what->type == fly::subtype::helo)
        send(welcome(true));
      if (what && what->has(mq::subscribe))
        confirm(*what);
      read();
    });
  };
  read();
  reach_for({.fly = {"udp://127.0.0.1:" + std::to_string(router.local_endpoint().port())}});
  link = net->connect(transport::fly_udp_ext, 0, telling());
  CAF_REQUIRE(run_until_events(1));
  link->subscribe(1, "news", "", "");
  CAF_REQUIRE(run_until([this] { return arrivals.size() == 3; }));
  CAF_REQUIRE_EQUAL(asked.size(), 2u);
  is(asked[0], R"({"subscribe":"news"})");
  is(asked[1], R"({"subscribe":"news","since":[{"epoch":"0000000000000001","offset":1}]})");
  for (std::size_t i = 0; i < 3; ++i)
    CAF_CHECK_EQUAL(arrivals[i].mark.number, i + 1);
  // In the pause behind the last message.
  CAF_REQUIRE(run_until([&] { return asked.size() == 3; }));
  is(asked[2], R"({"subscribe":"news","since":[{"epoch":"0000000000000001","offset":3}]})");
  link = nullptr;
  router.close();
}

CAF_TEST_FIXTURE_SCOPE_END()
