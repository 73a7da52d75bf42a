#define CAF_SUITE outbox

#include "net/lane/outbox.hpp"

#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "caf/test/unit_test.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

namespace asio = boost::asio;

frames_ptr bytes(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

// An outbox and the blocking socket of its peer, on a lane that the test itself runs.
struct fixture {
  caf::actor_system_config config;
  caf::actor_system system{config};
  io_lane lane{system};
  asio::io_context peer_io;
  asio::ip::tcp::socket peer{peer_io};
  outbox::pointer uut;

  fixture() {
    lane.adopt_thread();
    lane.wheel().start();
    asio::ip::tcp::acceptor acceptor{lane.io(), {asio::ip::address_v4::loopback(), 0}};
    peer.connect(acceptor.local_endpoint());
    outbox::socket_type accepted{lane.io()};
    acceptor.accept(accepted);
    accepted.non_blocking(true);
    accepted.set_option(asio::socket_base::send_buffer_size{4'096});
    uut = outbox::pointer{new outbox{lane, std::move(accepted), nullptr, 1'000'000}};
  }

  ~fixture() {
    uut->close();
    uut.reset();
    settle();
  }

  // Runs all handlers that are ready.
  void settle() {
    lane.io().restart();
    lane.io().poll();
  }

  template <class Predicate>
  bool run_until(Predicate reached) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (!reached() && std::chrono::steady_clock::now() < deadline) {
      lane.io().restart();
      lane.io().run_one_for(100ms);
    }
    return reached();
  }

  std::string receive(std::size_t size) {
    std::string text(size, '\0');
    boost::system::error_code error;
    text.resize(asio::read(peer, asio::buffer(text), error));
    return text;
  }

  // Reads while the outbox writes.
  template <class Predicate>
  std::string receive_until(Predicate enough) {
    std::string received;
    run_until([&] {
      boost::system::error_code error;
      std::string some(100'000, '\0');
      some.resize(peer.available() > 0 ? peer.read_some(asio::buffer(some), error) : 0);
      received += some;
      return enough(received);
    });
    return received;
  }

  // Queues more than the socket can take.
  void stall() {
    uut->push(bytes(std::string(500'000, 'x')));
    for (int i = 0; i < 16; ++i)
      CAF_REQUIRE(uut->copy_in(std::string(400'000, 'y')) || uut->queued() > 1'000'000);
    settle();
    CAF_REQUIRE(uut->queued() > 0);
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(outbox_tests, fixture)

CAF_TEST(what is queued leaves in its order) {
  CAF_CHECK(uut->push(bytes("one ")));
  CAF_CHECK(uut->copy_in("two "));
  CAF_CHECK(uut->push(bytes("three")));
  CAF_CHECK_EQUAL(uut->queued(), 13u);
  settle();
  CAF_CHECK_EQUAL(uut->queued(), 0u);
  CAF_CHECK_EQUAL(receive(13), "one two three");
}

CAF_TEST(more pieces than fit into one system call leave in their order) {
  std::string expected;
  for (int i = 0; i < 500; ++i) {
    uut->push(bytes(std::to_string(i) + ' '));
    expected += std::to_string(i) + ' ';
  }
  settle();
  CAF_CHECK_EQUAL(receive(expected.size()), expected);
}

CAF_TEST(nothing is queued over the bound) {
  static constexpr std::size_t most_in_sockets = 100;  // pieces
  std::size_t taken = 0;
  while (taken < most_in_sockets && uut->push(bytes(std::string(100'000, 'x'))))
    ++taken;
  CAF_CHECK_LESS(taken, most_in_sockets);
  CAF_CHECK(!uut->closing());
  CAF_CHECK_GREATER(uut->queued(), 900'000u);
  CAF_CHECK_LESS(uut->queued(), 1'000'001u);
}

CAF_TEST(what only waits for the lane is written before more is refused) {
  CAF_CHECK(uut->push(bytes(std::string(1'000'000, 'x'))));
  CAF_CHECK(uut->push(bytes("y")));
  CAF_CHECK_LESS(uut->queued(), 1'000'001u);
  CAF_CHECK(uut->copy_in("z"));
  const auto received = receive_until([](const std::string& text) { return text.ends_with('z'); });
  CAF_CHECK_EQUAL(received.size(), 1'000'002u);
}

CAF_TEST(a slow peer gets everything in the end) {
  std::string expected;
  for (char c = 'a'; c <= 'i'; ++c) {
    const std::string piece(100'000, c);
    CAF_REQUIRE(uut->push(bytes(piece)));
    expected += piece;
  }
  settle();
  const auto received = receive_until([&](const std::string& text) { return text.size() >= expected.size(); });
  CAF_CHECK(received == expected);
}

CAF_TEST(dropping what is unsent keeps the piece that has partly left) {
  uut->push(bytes(std::string(900'000, 'x')));
  uut->push(bytes(std::string(50'000, 'y')));
  settle();
  CAF_REQUIRE(uut->queued() > 50'000);
  uut->drop_unsent();
  uut->copy_in("farewell");
  const auto received = receive_until([](const std::string& text) { return text.ends_with("farewell"); });
  CAF_CHECK_EQUAL(received.size(), 900'008u);
  CAF_CHECK_EQUAL(received.find('y'), std::string::npos);
}

CAF_TEST(draining sends the rest and then says that no more will come) {
  uut->push(bytes("rest"));
  uut->begin_drain(5s);
  CAF_CHECK(uut->closing());
  CAF_CHECK(!uut->push(bytes("late")));
  CAF_CHECK(!uut->copy_in("late"));
  settle();
  CAF_CHECK_EQUAL(receive(100), "rest");  // up to the end of file
  peer.close();
  bool gone = false;
  lane.when_no_outboxes([&] { gone = true; });
  uut.reset();
  CAF_CHECK(run_until([&] { return gone; }));
  uut = outbox::pointer{new outbox{lane, outbox::socket_type{lane.io()}, nullptr, 1}};
}

CAF_TEST(a peer that never reads is given up at the deadline) {
  stall();
  uut->begin_drain(200ms);
  bool gone = false;
  lane.when_no_outboxes([&] { gone = true; });
  uut.reset();
  CAF_CHECK(run_until([&] { return gone; }));
  uut = outbox::pointer{new outbox{lane, outbox::socket_type{lane.io()}, nullptr, 1}};
}

CAF_TEST(a reader is told when there is something and when the socket was closed) {
  int calls = 0;
  boost::system::error_code last;
  const auto wait = [&] {
    uut->async_wait_readable([&](boost::system::error_code error) {
      ++calls;
      last = error;
    });
  };
  wait();
  settle();
  CAF_CHECK_EQUAL(calls, 0);
  asio::write(peer, asio::buffer("hi", 2));
  CAF_REQUIRE(run_until([&] { return calls == 1; }));
  CAF_CHECK(!last);
  std::string text(10, '\0');
  text.resize(uut->read_some(asio::buffer(text), last));
  CAF_CHECK_EQUAL(text, "hi");
  wait();
  uut->close();
  CAF_REQUIRE(run_until([&] { return calls == 2; }));
  CAF_CHECK(last == asio::error::operation_aborted);
}

CAF_TEST(a reader is forgotten once the outbox drains) {
  auto handler_lives = std::make_shared<int>(0);
  std::weak_ptr<int> watch = handler_lives;
  bool called = false;
  uut->async_wait_readable([&called, keep = std::move(handler_lives)](boost::system::error_code) { called = true; });
  uut->begin_drain(5s);
  asio::write(peer, asio::buffer("late", 4));
  CAF_CHECK(run_until([&] { return watch.expired(); }));
  CAF_CHECK(!called);
}

CAF_TEST(a socket that failed takes no more and tells who waits for it to be drained) {
  stall();
  bool drained = false;
  uut->when_drained([&] { drained = true; });
  CAF_CHECK(!drained);
  peer.set_option(asio::socket_base::linger{true, 0});
  peer.close();  // resets the connection
  CAF_CHECK(run_until([&] { return drained; }));
  CAF_CHECK(uut->closing());
  CAF_CHECK(!uut->push(bytes("more")));
}

CAF_TEST_FIXTURE_SCOPE_END()
