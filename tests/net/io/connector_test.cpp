// Labels: hardened
#define CAF_SUITE connector

#include "net/io/connector.hpp"

#include <boost/asio/error.hpp>
#include <chrono>
#include <optional>
#include <vector>

#include "caf/test/unit_test.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace asio = boost::asio;

using stage = fly::connect_failure::stage;

namespace {

struct fixture {
  asio::io_context io;
  asio::ip::tcp::acceptor server{io, {asio::ip::address_v4::loopback(), 0}};
  fly::connector uut{io.get_executor()};
  std::optional<fly::tcp_socket> socket;
  std::vector<fly::connect_failure> failures;

  std::uint16_t port() const { return server.local_endpoint().port(); }

  void begin(const std::string& host, std::uint16_t port, const fly::connect_options& options = {}) {
    uut.connect(host, port, options, [this](fly::connector::connect_result result) {
      if (result)
        socket = std::move(*result);
      else
        failures.push_back(result.error());
    });
    CAF_CHECK(!socket && failures.empty());
  }

  // True if a connection was made.
  bool connect(const std::string& host, std::uint16_t port, const fly::connect_options& options = {}) {
    begin(host, port, options);
    io.restart();
    io.run_for(10s);
    CAF_CHECK_EQUAL((socket ? 1u : 0u) + failures.size(), 1u);
    return socket.has_value();
  }

  // The failure of an attempt.
  fly::connect_failure failure(const std::string& host, std::uint16_t port, const fly::connect_options& options = {}) {
    CAF_REQUIRE(!connect(host, port, options));
    return failures.front();
  }

  fly::connect_options within(std::chrono::milliseconds time) const {
    return {.deadline = std::chrono::steady_clock::now() + time};
  }
};

// A server whose queue of connections is full: the next one is not answered.
struct full_server {
  asio::io_context io;
  asio::ip::tcp::acceptor uut{io, asio::ip::tcp::v4()};
  std::vector<asio::ip::tcp::socket> waiting;

  full_server() {
    uut.bind({asio::ip::address_v4::loopback(), 0});
    uut.listen(0);
    for (auto i = 0; i < 4; ++i)
      waiting.emplace_back(io).async_connect(uut.local_endpoint(), [](auto) {});
    io.run_for(20ms);
  }
  std::uint16_t port() const { return uut.local_endpoint().port(); }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(connector_tests, fixture)

CAF_TEST(an address is connected to and a name by each of its addresses in turn) {
  CAF_CHECK(connect("127.0.0.1", port()));
  socket.reset();
  CAF_CHECK(connect("localhost", port(), within(10s)));
  CAF_CHECK_EQUAL(socket->remote_endpoint().port(), port());
}

CAF_TEST(a port that nobody listens at is told) {
  const auto closed = port();
  server.close();
  const auto [at, code] = failure("127.0.0.1", closed);
  CAF_CHECK(at == stage::connect);
  CAF_CHECK_EQUAL(code, asio::error::connection_refused);
}

CAF_TEST(a name without an address is told) { CAF_CHECK(failure("nosuch.invalid", 1).at == stage::look_up); }

CAF_TEST(addresses of other machines may be excluded) {
  CAF_CHECK(failure("192.0.2.1", 1, {.loopback_only = true}).at == stage::choice);
  failures.clear();
  CAF_CHECK(connect("127.0.0.1", port(), {.loopback_only = true}));
}

CAF_TEST(a server that does not answer is given up at the deadline) {
  full_server full;
  const auto [at, code] = failure("127.0.0.1", full.port(), within(50ms));
  CAF_CHECK(at == stage::connect);
  CAF_CHECK_EQUAL(code, asio::error::timed_out);
}

CAF_TEST(a look up finds addresses without connecting) {
  std::vector<asio::ip::tcp::endpoint> found;
  for (const auto* host : {"::1", "127.0.0.1", "localhost"}) {
    uut.look_up(host, 7, {}, [&](const auto& result) {
      CAF_REQUIRE(result);
      found.insert(found.end(), result->begin(), result->end());
    });
    io.restart();
    io.run();
  }
  CAF_REQUIRE(found.size() >= 3);
  CAF_CHECK_EQUAL(found[0], (asio::ip::tcp::endpoint{asio::ip::address_v6::loopback(), 7}));
  CAF_CHECK_EQUAL(found[1], (asio::ip::tcp::endpoint{asio::ip::address_v4::loopback(), 7}));
}

CAF_TEST(a cancelled attempt ends without a call) {
  full_server full;
  for (const std::string host : {"127.0.0.1", "localhost"}) {
    const auto held = std::make_shared<int>();
    bool called = false;
    uut.connect(host, full.port(), {}, [&called, held](const auto&) { called = true; });
    uut.cancel();
    CAF_CHECK_EQUAL(held.use_count(), 1);
    uut.connect(host, full.port(), {}, [&called, held](const auto&) { called = true; });
    io.restart();
    io.run_for(50ms);
    uut.cancel();
    CAF_CHECK_EQUAL(held.use_count(), 1);
    io.restart();
    io.run();
    CAF_CHECK(!called);
  }
}

CAF_TEST(a new attempt replaces the one under way) {
  full_server full;
  begin("127.0.0.1", full.port());
  io.run_for(20ms);
  CAF_CHECK(connect("127.0.0.1", port()));
  CAF_CHECK_EQUAL(socket->remote_endpoint().port(), port());
}

CAF_TEST(an event loop that is destroyed lets go of the user) {
  struct owner {
    std::optional<fly::connector> uut;
  };
  full_server full;
  std::weak_ptr<owner> weak;
  {
    asio::io_context mortal;
    auto user = std::make_shared<owner>();
    weak = user;
    user->uut.emplace(mortal.get_executor());
    user->uut->connect("127.0.0.1", full.port(), {}, [user](const auto&) {});
    mortal.run_for(20ms);
  }
  CAF_CHECK(weak.expired());
}

CAF_TEST_FIXTURE_SCOPE_END()
