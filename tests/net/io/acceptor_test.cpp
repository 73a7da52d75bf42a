// Labels: hardened
#define CAF_SUITE acceptor

#include "net/io/acceptor.hpp"

#include <fcntl.h>
#include <sys/resource.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <vector>

#include "caf/test/unit_test.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace asio = boost::asio;

namespace {

// A user in an event loop that runs in this thread.
class door final : public std::enable_shared_from_this<door>, public fly::acceptor_user {
public:
  door(asio::io_context& io, asio::io_context& of_sockets) : of_sockets_{of_sockets}, uut{io.get_executor()} {}

  void on_accept(fly::tcp_socket socket) override {
    sockets.push_back(std::move(socket));
    if (closes)
      uut.close();
  }
  void on_accept_failure() override { ++failures; }
  fly::executor executor_of_next(const fly::executor&) override { return of_sockets_.get_executor(); }

private:
  asio::io_context& of_sockets_;

public:
  fly::acceptor uut;
  std::vector<fly::tcp_socket> sockets;
  int failures = 0;
  bool closes = false;
};

struct fixture {
  asio::io_context other;  // outlives a pending accept, which holds a socket of it
  asio::io_context io;
  std::shared_ptr<door> user = std::make_shared<door>(io, other);
  std::vector<asio::ip::tcp::socket> clients;

  void open() {
    CAF_REQUIRE(!user->uut.open({asio::ip::address_v4::loopback(), 0}, 10));
    user->uut.start(user);
  }
  // The kernel accepts into the backlog, so this does not need the event loop.
  void connect() { clients.emplace_back(io).connect(user->uut.local()); }

  template <class Condition>
  bool eventually(Condition holds) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!holds() && std::chrono::steady_clock::now() < end)
      io.run_one_for(100ms);
    return holds();
  }
};

// Lets this process open no further file descriptor.
class exhausted_descriptors {
public:
  exhausted_descriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int lowest = ::open("/dev/null", O_RDONLY);
    ::close(lowest);
    const rlimit now{static_cast<rlim_t>(lowest), before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &now);
  }
  exhausted_descriptors(const exhausted_descriptors&) = delete;
  exhausted_descriptors& operator=(const exhausted_descriptors&) = delete;
  ~exhausted_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
  rlimit before_{};
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(acceptor_tests, fixture)

CAF_TEST(connections are accepted one after the other onto the event loops that were asked for) {
  open();
  connect();
  connect();
  CAF_REQUIRE(eventually([&] { return user->sockets.size() == 2; }));
  CAF_CHECK(user->sockets.front().get_executor() == other.get_executor());
  CAF_CHECK_EQUAL(user->failures, 0);
}

CAF_TEST(a lack of descriptors is told and accepting goes on when it is over) {
  open();
  connect();
  {
    const exhausted_descriptors none;
    CAF_REQUIRE(eventually([&] { return user->failures >= 2; }));
    CAF_CHECK(user->sockets.empty());
  }
  CAF_CHECK(eventually([&] { return user->sockets.size() == 1; }));
}

CAF_TEST(a closed acceptor accepts no more and lets go of its user) {
  open();
  user->closes = true;
  connect();
  connect();
  const std::weak_ptr<door> weak = user;
  io.run();  // ends, as nothing is pending
  CAF_CHECK_EQUAL(user->sockets.size(), 1u);
  CAF_CHECK_EQUAL(user->uut.local().port(), 0);
  user.reset();
  CAF_CHECK(weak.expired());
}

CAF_TEST(a close during the pause after a failure is final) {
  open();
  connect();
  {
    const exhausted_descriptors none;
    CAF_REQUIRE(eventually([&] { return user->failures == 1; }));
  }
  user->uut.close();
  io.restart();
  io.run();
  CAF_CHECK(user->sockets.empty());
}

CAF_TEST(a place that is taken is an error) {
  open();
  fly::acceptor second{io.get_executor()};
  CAF_CHECK_EQUAL(second.open(user->uut.local(), 10), asio::error::address_in_use);
}

CAF_TEST_FIXTURE_SCOPE_END()
