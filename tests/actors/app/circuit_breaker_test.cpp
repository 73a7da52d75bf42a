#define CAF_SUITE circuit_breaker
#include "actors/app/circuit_breaker.hpp"

#include "caf/test/unit_test.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

using state = circuit_breaker::state;

struct fixture {
  circuit_breaker uut;
  circuit_breaker::time_point now{1'000h};

  // Makes calls that all succeed or all fail. Returns the number of calls that were allowed.
  unsigned make(unsigned calls, bool failing) {
    unsigned made = 0;
    for (unsigned i = 0; i < calls; ++i) {
      if (!uut.allow(now))
        continue;
      ++made;
      uut.record(failing, now);
    }
    return made;
  }

  void open() {
    make(circuit_breaker::least_calls, true);
    CAF_REQUIRE(uut.now_in() == state::open);
  }

  void half_open() {
    open();
    now += circuit_breaker::pause;
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(circuit_breaker_tests, fixture)

CAF_TEST(it begins closed) {
  CAF_CHECK(uut.now_in() == state::closed);
  CAF_CHECK(uut.allow(now));
}

CAF_TEST(fewer calls than the least never open it) {
  make(circuit_breaker::least_calls - 1, true);
  CAF_CHECK(uut.now_in() == state::closed);
  make(1, true);
  CAF_CHECK(uut.now_in() == state::open);
}

CAF_TEST(it opens at four failures of five and not below) {
  make(20, false);
  make(79, true);
  CAF_CHECK(uut.now_in() == state::closed);
  make(1, true);
  CAF_CHECK(uut.now_in() == state::open);
}

CAF_TEST(calls that go well never open it) {
  CAF_CHECK_EQUAL(make(1'000, false), 1'000u);
  CAF_CHECK(uut.now_in() == state::closed);
}

CAF_TEST(failures count for one window only) {
  make(1, false);  // begins the window
  make(circuit_breaker::least_calls - 2, true);
  now += circuit_breaker::window;
  make(circuit_breaker::least_calls - 1, true);
  CAF_CHECK(uut.now_in() == state::closed);
  now += circuit_breaker::window - 1ns;
  make(1, true);
  CAF_CHECK(uut.now_in() == state::open);
}

CAF_TEST(successes of an earlier window keep nothing closed) {
  make(100, false);
  now += circuit_breaker::window;
  make(circuit_breaker::least_calls, true);
  CAF_CHECK(uut.now_in() == state::open);
}

CAF_TEST(open it allows nothing until the pause is over) {
  open();
  CAF_CHECK(!uut.allow(now));
  now += circuit_breaker::pause - 1ns;
  CAF_CHECK(!uut.allow(now));
  CAF_CHECK(uut.now_in() == state::open);
  now += 1ns;
  CAF_CHECK(uut.allow(now));
  CAF_CHECK(uut.now_in() == state::half_open);
}

CAF_TEST(a call that was made before it opened changes nothing then) {
  open();
  uut.record(false, now);
  uut.record(true, now + circuit_breaker::pause - 1ns);
  CAF_CHECK(uut.now_in() == state::open);
  CAF_CHECK(uut.allow(now + circuit_breaker::pause));
}

CAF_TEST(half open it allows so many trials and no more) {
  half_open();
  for (unsigned i = 0; i < circuit_breaker::trials; ++i)
    CAF_CHECK(uut.allow(now));
  CAF_CHECK(!uut.allow(now));
  CAF_CHECK(!uut.allow(now + 1h));
}

CAF_TEST(when all trials went well it closes and counts anew) {
  half_open();
  CAF_CHECK_EQUAL(make(circuit_breaker::trials - 1, false), circuit_breaker::trials - 1);
  CAF_CHECK(uut.now_in() == state::half_open);
  make(1, false);
  CAF_CHECK(uut.now_in() == state::closed);
  make(circuit_breaker::least_calls - 1, true);
  CAF_CHECK(uut.now_in() == state::closed);
  make(1, true);
  CAF_CHECK(uut.now_in() == state::open);
}

CAF_TEST(one trial that fails opens it for another pause) {
  half_open();
  make(circuit_breaker::trials - 1, false);
  make(1, true);
  CAF_CHECK(uut.now_in() == state::open);
  now += circuit_breaker::pause - 1ns;
  CAF_CHECK(!uut.allow(now));
  now += 1ns;
  CAF_CHECK_EQUAL(make(circuit_breaker::trials, false), circuit_breaker::trials);
  CAF_CHECK(uut.now_in() == state::closed);
}

CAF_TEST(its states have names) {
  CAF_CHECK_EQUAL(name_of(state::closed), "closed");
  CAF_CHECK_EQUAL(name_of(state::half_open), "half_open");
  CAF_CHECK_EQUAL(name_of(state::open), "open");
}

CAF_TEST_FIXTURE_SCOPE_END()
