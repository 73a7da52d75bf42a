// Labels: threads
#define CAF_SUITE fly_client
#include <boost/asio/use_future.hpp>
#include <thread>

#include "caf/test/unit_test.hpp"
#include "fly_client_fixture.hpp"
#include "fly_fixture.hpp"

using namespace ability::fly;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::awaitable;

CAF_TEST_FIXTURE_SCOPE(fly_client_tests, client_fixture)

CAF_TEST(all carriers carry calls) {
  for (const auto* where : {"tcp://127.0.0.1:0", "ws://127.0.0.1:0/fly", "udp://127.0.0.1:0"}) {
    from.reset();
    auto& client = connect(where);
    CAF_CHECK(*client.call<int>(1, 41) == 42);
    CAF_CHECK(*client.call<int>(3, 4) == 40);
    CAF_CHECK(client.ping(64, 5s).has_value());
    CAF_CHECK(client.call<std::string>(6, std::string(70'000, 'x')).error().is(error_code::too_long));
  }
}

CAF_TEST(calls may be encrypted) {
  const ability::test::certificates files;
  serving.listen.certificate_file = calling.dial.ca_file = files.file("own.pem");
  serving.listen.key_file = files.file("own.key");
  for (const auto* where : {"tls://127.0.0.1:0", "wss://127.0.0.1:0/fly"}) {
    from.reset();
    CAF_CHECK(*connect(where).call<int>(3, 4) == 40);
  }
  calling.dial.ca_file.clear();
  client trusting_others{to_string(*to->listen("tls://127.0.0.1:0")), calling};
  CAF_CHECK(trusting_others.connect().error().is(error_code::closed));
}

CAF_TEST(all serializers carry calls) {
  for (const auto which : {serializer::json, serializer::msgpack}) {
    for (const bool helo : {true, false}) {
      from.reset();
      calling.serializers = {which};
      calling.helo = helo;
      calling.compression = serving.compression = helo;
      auto& client = connect();
      const std::string text(1'000, 'x');
      CAF_CHECK(*client.call<std::string>(6, text) == text);
    }
  }
}

CAF_TEST(a client may connect again) {
  auto& client = connect();
  CAF_CHECK(client.call<void>(4, 0).has_error());
  CAF_CHECK(client.call<int>(1, 1).error().is(error_code::closed));
  CAF_CHECK(!client.is_open());
  CAF_CHECK(client.connect().has_value());
  CAF_CHECK(*client.call<int>(1, 1) == 2);
  CAF_CHECK(client.connect().has_value());
  CAF_CHECK(*client.call<int>(1, 1) == 2);
  client.close();
  CAF_CHECK(client.call<int>(1, 1).error().is(error_code::closed));
}

CAF_TEST(where nobody listens it says so) {
  client nowhere{"tcp://127.0.0.1:1"};
  const auto refused = nowhere.connect();
  CAF_CHECK(refused.has_error() && refused.error().is(error_code::closed));
  CAF_CHECK(!refused.error().text.empty());
  client wrong{"gopher://x"};
  CAF_CHECK(wrong.connect().error().is(error_code::closed));
  CAF_CHECK(wrong.call<int>(1, 1).error().is(error_code::closed));
  server bad;
  CAF_CHECK(bad.listen("tcp://").has_error());
  CAF_CHECK(bad.listen("tcp://203.0.113.1:1").has_error());
}

CAF_TEST(who is refused is told) {
  serving.admission.authenticate = [](const helo_request& helo) -> outcome<std::string> {
    if (helo.token == "good" && helo.role == "robot" && helo.headers.at("cookie") == "a=b")
      return "someone";
    return remote_error{error_code::unauthorized, "who are you"};
  };
  calling.token = "good";
  calling.role = "robot";
  calling.headers["cookie"] = "a=b";
  auto& mine = connect();
  to->on_message(8, [](context& c) { return c.identity() + (c.session().empty() ? "?" : "!"); });
  CAF_CHECK(*mine.call<std::string>(8, 0) == "someone!");
  calling.token = "bad";
  client other{to_string(*to->listen("tcp://127.0.0.1:0")), calling};
  const auto refused = other.connect();
  CAF_CHECK(refused.error().is(error_code::unauthorized));
  CAF_CHECK(refused.error().text == "who are you");
}

CAF_TEST(contexts outlive their server) {
  auto& client = connect();
  std::promise<context> kept;
  to->on_message(8, [&](context& c) { kept.set_value(c); });
  CAF_CHECK(client.call<void>(8, 0).has_value());
  const auto there = kept.get_future().get();
  CAF_CHECK(there.is_open());
  to.reset();
  CAF_CHECK(!there.is_open());
  CAF_CHECK(there.send_message(1, 1).error().is(error_code::closed));
  CAF_CHECK(there.call<int>(1, 1).error().is(error_code::closed));
  CAF_CHECK(there.call<int>(1, 1, asio::use_future).get().error().is(error_code::closed));
  there.close();
}

CAF_TEST(what waits when a client ends fails) {
  auto& client = connect();
  std::promise<void> release;
  to->on_message(7, [waits = release.get_future().share()] { waits.wait(); });
  auto one = client.call<void>(7, 0, asio::use_future);
  from.reset();
  CAF_CHECK(one.get().error().is(error_code::closed));
  release.set_value();
}

CAF_TEST(a server runs until it is stopped) {
  auto& client = connect();
  to->on_message(9, [this] { to->stop(); });
  client.send_message(9, 0).value();
  to->run();
  CAF_CHECK(to->listen("tcp://127.0.0.1:0").has_error());
  CAF_CHECK(client.call<int>(1, 1).has_error());
}

CAF_TEST(an ordered connection is handled in order) {
  serving.ordered = true;
  serving.workers = 4;
  auto& client = connect();
  std::vector<int> got;
  to->on_message(8, [&](int x) {
    if (x % 7 == 0)
      std::this_thread::sleep_for(1ms);
    got.push_back(x);
  });
  for (int i = 0; i < 100; ++i)
    client.send_message(8, i).value();
  CAF_CHECK(client.call<void>(8, 100).has_value());
  CAF_CHECK_EQUAL(got.size(), 101u);
  CAF_CHECK(std::ranges::is_sorted(got));
}

CAF_TEST(both run on the event loop of the user) {
  asio::io_context io;
  serving.io = calling.io = &io;
  serving.workers = calling.workers = 0;
  server mine{serving};
  mine.on_message(1, [](int x) { return x + 1; });
  const auto local = mine.listen("tcp://127.0.0.1:0");
  CAF_REQUIRE(local.has_value());
  client client{to_string(*local), calling};
  int got = 0;
  asio::co_spawn(
      io,
      [&]() -> awaitable<void> {
        auto connected = co_await client.connect(asio::use_awaitable);
        if (connected)
          got = (co_await client.call<int>(1, 1, asio::use_awaitable)).value();
        io.stop();
      },
      asio::detached);
  io.run();
  CAF_CHECK_EQUAL(got, 2);
}

CAF_TEST_FIXTURE_SCOPE_END()
