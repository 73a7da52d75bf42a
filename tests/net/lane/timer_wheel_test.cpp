#define CAF_SUITE timer_wheel

#include "net/lane/timer_wheel.hpp"

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "caf/test/unit_test.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

struct probe final : wheel_timer {
  int calls = 0;
  std::function<void()> then;

  void on_timer() override {
    ++calls;
    if (then)
      then();
  }
};

struct fixture {
  boost::asio::io_context io;
  timer_wheel wheel{io};

  void tick(int times) {
    for (int i = 0; i < times; ++i)
      wheel.advance();
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(timer_wheel_tests, fixture)

CAF_TEST(a timer is called once and never early) {
  probe timer;
  wheel.set(timer, 300ms);
  tick(3);  // the first tick had partly passed
  CAF_CHECK_EQUAL(timer.calls, 0);
  tick(1);
  CAF_CHECK_EQUAL(timer.calls, 1);
  tick(2'000);
  CAF_CHECK_EQUAL(timer.calls, 1);
}

CAF_TEST(a delay between two ticks is rounded up) {
  probe timer;
  wheel.set(timer, 201ms);
  tick(3);
  CAF_CHECK_EQUAL(timer.calls, 0);
  tick(1);
  CAF_CHECK_EQUAL(timer.calls, 1);
}

CAF_TEST(a timer beyond one turn of the wheel waits for its own turn) {
  probe timer;
  wheel.set(timer, 120s);
  tick(1'200);
  CAF_CHECK_EQUAL(timer.calls, 0);
  tick(1);
  CAF_CHECK_EQUAL(timer.calls, 1);
}

CAF_TEST(setting a timer again replaces its time) {
  probe timer;
  wheel.set(timer, 100ms);
  wheel.set(timer, 500ms);
  tick(5);
  CAF_CHECK_EQUAL(timer.calls, 0);
  tick(1);
  CAF_CHECK_EQUAL(timer.calls, 1);
}

CAF_TEST(a timer that was cancelled or destroyed is not called) {
  probe cancelled;
  auto destroyed = std::make_unique<probe>();
  bool called = false;
  destroyed->then = [&] { called = true; };
  wheel.set(cancelled, 100ms);
  wheel.set(*destroyed, 100ms);
  cancelled.cancel();
  cancelled.cancel();
  destroyed.reset();
  tick(10);
  CAF_CHECK_EQUAL(cancelled.calls, 0);
  CAF_CHECK(!called);
}

CAF_TEST(a timer may set itself anew and destroy others that are due) {
  probe again;
  auto victim = std::make_unique<probe>();
  again.then = [&] {
    victim.reset();
    wheel.set(again, 100ms);
  };
  wheel.set(again, 100ms);
  wheel.set(*victim, 100ms);
  tick(2);
  CAF_CHECK_EQUAL(again.calls, 1);
  CAF_CHECK(victim == nullptr);
  tick(2);
  CAF_CHECK_EQUAL(again.calls, 2);
}

CAF_TEST(timers may outlive their wheel) {
  probe timer;
  {
    timer_wheel other{io};
    other.set(timer, 100ms);
  }
  timer.cancel();
  CAF_CHECK_EQUAL(timer.calls, 0);
}

CAF_TEST(the clock ticks ten times a second) {
  probe timer;
  timer.then = [&] { io.stop(); };
  wheel.set(timer, 200ms);
  const auto begin = std::chrono::steady_clock::now();
  wheel.start();
  io.run();
  CAF_CHECK_GREATER_OR_EQUAL(std::chrono::steady_clock::now() - begin, 200ms);
  CAF_CHECK_EQUAL(timer.calls, 1);
}

CAF_TEST_FIXTURE_SCOPE_END()
