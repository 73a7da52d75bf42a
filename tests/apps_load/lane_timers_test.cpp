#define CAF_SUITE lane_timers

#include "apps/load/links/lane_timers.hpp"

#include <caf/test/unit_test.hpp>
#include <vector>

using namespace ability::load;

namespace {

struct timers_fixture {
  boost::asio::io_context io;
  std::unique_ptr<lane_timers> timers = std::make_unique<lane_timers>(io);
  std::vector<int> called;
  std::vector<std::unique_ptr<timer_ticket>> tickets;

  void at(std::int64_t ns, int which) {
    tickets.push_back(timers->call_at(ns, [this, which] { called.push_back(which); }));
  }
  void run() {
    io.restart();
    io.run_for(std::chrono::seconds{10});
  }
};

constexpr std::int64_t ms = 1'000'000;

}  // namespace

CAF_TEST_FIXTURE_SCOPE(lane_timers_tests, timers_fixture)

CAF_TEST(times come in order and not too early) {
  const auto now = monotonic_ns();
  at(now + 30 * ms, 3);
  at(now + 10 * ms, 1);
  at(now + 20 * ms, 2);
  at(now - 5 * ms, 0);
  run();
  CAF_CHECK(called == (std::vector<int>{0, 1, 2, 3}));
  CAF_CHECK(monotonic_ns() >= now + 30 * ms);
}

CAF_TEST(a ticket that is gone is not called) {
  const auto now = monotonic_ns();
  at(now + 5 * ms, 1);
  at(now + 5 * ms, 2);
  tickets.erase(tickets.begin());
  auto killer = timers->call_at(now, [this] { tickets.clear(); });
  run();
  CAF_CHECK(called.empty());
}

CAF_TEST(whoever asks for times that have passed does not keep the lane) {
  int rounds = 0;
  bool other = false;
  std::unique_ptr<timer_ticket> ticket;
  std::function<void()> again = [&] {
    if (++rounds < 100 && !other)
      ticket = timers->call_at(0, again);
  };
  ticket = timers->call_at(0, again);
  boost::asio::steady_timer elsewhere{io, std::chrono::milliseconds{0}};
  elsewhere.async_wait([&](auto) { other = true; });
  run();
  CAF_CHECK(other);
  CAF_CHECK(rounds < 100);
}

CAF_TEST(tickets may outlive it) {
  at(monotonic_ns() + ms, 1);
  timers = nullptr;
  run();
  CAF_CHECK(called.empty());
  tickets.clear();
}

CAF_TEST_FIXTURE_SCOPE_END()
