// Labels: threads
#define CAF_SUITE fly_tokens
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <thread>

#include "caf/test/unit_test.hpp"
#include "fly_client_fixture.hpp"

using namespace ability::fly;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::awaitable;

CAF_TEST_FIXTURE_SCOPE(fly_tokens_tests, client_fixture)

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
