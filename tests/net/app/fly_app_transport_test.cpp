#define CAF_SUITE fly_app_transport
#include "net/app/fly_app_transport.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <optional>

#include "caf/test/unit_test.hpp"
#include "tests/net/support/lane_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

namespace asio = boost::asio;

struct fixture : lane_fixture {
  lane_context where{lane, home, {}, shared, nullptr};
  asio::io_context backend_io;
  // A backend whose connections come to be, and that never speaks.
  std::optional<asio::ip::tcp::acceptor> backend{std::in_place, backend_io,
                                                 asio::ip::tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
  const std::vector<backend_endpoint> backends{endpoint()};
  std::shared_ptr<backend_pool> links = std::make_shared<backend_pool>(where, backends);
  fly_app_transport uut{{{&lane, links}}};

  fixture() { lane.adopt_thread(); }
  ~fixture() {
    links->stop();
    links.reset();
    lane.io().restart();
    lane.io().poll();
  }

  backend_endpoint endpoint() const {
    backend_endpoint made;
    made.host = "127.0.0.1";
    made.port = backend->local_endpoint().port();
    return made;
  }

  template <class F>
  void run_until(F&& reached) {
    for (const auto end = std::chrono::steady_clock::now() + 8s;
         !reached() && std::chrono::steady_clock::now() < end;) {
      lane.io().restart();
      lane.io().run_one_for(1ms);
    }
  }

  probe_outcome probed() {
    std::optional<probe_outcome> outcome;
    uut.probe(false, 1s, [&](probe_outcome what) { outcome = std::move(what); });
    run_until([&] { return outcome.has_value(); });
    CAF_REQUIRE(outcome);
    return *outcome;
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(fly_app_transport_tests, fixture)

CAF_TEST(nothing is known of backends until an attempt has ended) {
  links->start();
  CAF_CHECK(probed().state == reachability::unknown);
}

CAF_TEST(backends are away once an attempt has failed and while they are dialled again) {
  backend.reset();
  links->start();
  run_until([&] { return !links->why_down().empty(); });
  const auto outcome = probed();
  CAF_CHECK(outcome.state == reachability::away);
  CAF_CHECK_EQUAL(outcome.address, "127.0.0.1:" + std::to_string(backends.front().port));
  CAF_CHECK_EQUAL(outcome.why, "cannot connect: Connection refused");
}

CAF_TEST_FIXTURE_SCOPE_END()
