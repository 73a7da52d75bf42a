#define CAF_SUITE fly_client
#include "net/fly/client.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include "caf/test/unit_test.hpp"
#include "net/fly/server.hpp"

using namespace ability::fly;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::awaitable;

namespace {

struct fixture {
  server_options serving;
  client_options calling;
  std::optional<server> to;
  std::optional<client> from;

  ~fixture() {
    from.reset();
    to.reset();
  }

  /// A server with some handlers, and a client that is connected to it.
  client& connect(std::string_view where = "tcp://127.0.0.1:0") {
    to.emplace(serving);
    to->on_message(1, [](int x) { return x + 1; });
    to->on_message(2, [] {});
    to->on_message(3, [](context& c, int x) -> outcome<int> { return c.call<int>(3, x); });
    to->on_message(4, [](context& c) { c.close("bye"); });
    to->on_message(5, [](context& c, int x) -> awaitable<outcome<int>> {
      co_return co_await c.call<int>(3, x, asio::use_awaitable);
    });
    to->on_message(6, [](const std::string& x) { return x; });
    const auto local = to->listen(where);
    if (!local)
      CAF_FAIL(local.error().detail);
    from.emplace(to_string(*local), calling);
    from->on_message(3, [](int x) { return 10 * x; });
    const auto connected = from->connect();
    if (!connected)
      CAF_FAIL(to_string(connected.error()));
    return *from;
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(fly_client_tests, fixture)

CAF_TEST(a call may wait) {
  auto& client = connect();
  CAF_CHECK(*client.call<int>(1, 41) == 42);
  CAF_CHECK(*client.call<int>(1, 41, 1s) == 42);
  CAF_CHECK(client.call<void>(2, 0).has_value());
  CAF_CHECK(client.send_message(2, 0).has_value());
  CAF_CHECK(client.call<int>(99, 0).error().is(error_code::not_found));
  CAF_CHECK(client.ping(64, 5s).value() > 0ns);
}

CAF_TEST(a call may be given a callback) {
  auto& client = connect();
  std::promise<outcome<int>> got;
  client.call<int>(1, 1, [&](outcome<int> reply) { got.set_value(std::move(reply)); });
  CAF_CHECK(*got.get_future().get() == 2);
}

CAF_TEST(a call may be given a future) {
  auto& client = connect();
  CAF_CHECK(*client.call<int>(1, 1, asio::use_future).get() == 2);
  CAF_CHECK(*client.call<int>(1, 1, 2s, asio::use_future).get() == 2);
  CAF_CHECK(*client.ping(4, 1s, asio::use_future).get() > 0ns);
  CAF_CHECK(client.connect(asio::use_future).get().has_value());
  CAF_CHECK(*client.call<int>(1, 1, asio::use_future).get() == 2);
}

CAF_TEST(a call may be awaited) {
  auto& client = connect();
  asio::io_context io;
  int sum = 0;
  asio::co_spawn(
      io,
      [&]() -> awaitable<void> {
        for (int i = 0; i < 10; ++i) {
          auto reply = co_await client.call<int>(1, i, asio::use_awaitable);
          sum += *reply;
        }
      },
      asio::detached);
  io.run();
  CAF_CHECK_EQUAL(sum, 55);
}

CAF_TEST(a handler runs on its own executor) {
  auto& client = connect();
  asio::thread_pool pool{1};
  std::promise<bool> there;
  client.call<int>(1, 1, asio::bind_executor(pool.get_executor(), [&](const outcome<int>&) {
                     there.set_value(pool.get_executor().running_in_this_thread());
                   }));
  CAF_CHECK(there.get_future().get());
  pool.join();
}

CAF_TEST(a call can be cancelled) {
  serving.workers = 1;
  auto& client = connect();
  std::promise<void> release;
  to->on_message(7, [waits = release.get_future().share()] { waits.wait(); });
  asio::io_context io;
  asio::cancellation_signal signal;
  std::optional<outcome<void>> got;
  client.call<void>(7, 0, asio::bind_cancellation_slot(signal.slot(), asio::bind_executor(io, [&](outcome<void> reply) {
                                                         got = std::move(reply);
                                                       })));
  signal.emit(asio::cancellation_type::terminal);
  io.run();
  CAF_REQUIRE(got.has_value());
  CAF_CHECK(got->error().is(error_code::cancelled));
  release.set_value();
  CAF_CHECK(*client.call<int>(1, 1) == 2);
}

CAF_TEST(of two the slower one is cancelled) {
  using namespace asio::experimental::awaitable_operators;
  auto& client = connect();
  to->on_message(7, [] { std::this_thread::sleep_for(20ms); });
  asio::io_context io;
  std::size_t first = 9;
  asio::co_spawn(
      io,
      [&]() -> awaitable<void> {
        const auto done =
            co_await (client.call<void>(7, 0, asio::use_awaitable) || client.call<int>(1, 1, asio::use_awaitable));
        first = done.index();
      },
      asio::detached);
  io.run();
  CAF_CHECK_EQUAL(first, 1u);
}

CAF_TEST(handlers may call back and wait) {
  auto& client = connect();
  CAF_CHECK(*client.call<int>(3, 4) == 40);
  CAF_CHECK(*client.call<int>(5, 5) == 50);
}

CAF_TEST(coroutine handlers may call back without workers) {
  serving.workers = 0;
  calling.workers = 0;
  auto& client = connect();
  CAF_CHECK(*client.call<int>(5, 5) == 50);
}

CAF_TEST(waiting on the thread of the event loop is refused) {
  serving.workers = 0;
  auto& client = connect();
  CAF_CHECK(client.call<int>(3, 4).error().is(error_code::would_block));
  std::promise<bool> refused;
  client.call<int>(1, 1, [&](const outcome<int>&) {
    refused.set_value(client.call<int>(1, 1).error().is(error_code::would_block) &&
                      client.ping(1, 1s).error().is(error_code::would_block) &&
                      client.connect().error().is(error_code::would_block));
  });
  CAF_CHECK(refused.get_future().get());
}

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

CAF_TEST(many threads call at once) {
  auto& client = connect();
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const auto reply = client.call<int>(1, 1000 * t + i);
        right += reply && *reply == 1000 * t + i + 1;
      }
    });
  for (auto& each : threads)
    each.join();
  CAF_CHECK_EQUAL(right.load(), 800);
}

CAF_TEST_FIXTURE_SCOPE_END()
