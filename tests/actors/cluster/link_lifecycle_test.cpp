#define CAF_SUITE link_lifecycle
// Phases of a link, as values.
#include "actors/cluster/link_lifecycle.hpp"

#include "caf/test/unit_test.hpp"

using namespace ability;
using namespace std::chrono_literals;
using phase = link_lifecycle::phase;
using action = link_action;

namespace {

struct fixture {
  void come_up() {
    CAF_CHECK(uut.connected(now) == action::none);
    CAF_CHECK(uut.heard(now) == action::establish);
    CAF_CHECK(uut.is_up());
  }

  // Lets time pass in ticks. Returns the first action.
  action pass(std::chrono::milliseconds time) {
    for (const auto end = now + time; now < end;) {
      now += link_lifecycle::tick_every;
      for (const auto result : {uut.tick(now), uut.expire(now)})
        if (result != action::none)
          return result;
    }
    return action::none;
  }

  link_lifecycle::time_point now{1h};
  link_lifecycle uut{2, now};
};

// Each event in each phase.
struct table : fixture {
  explicit table(phase from = phase::connecting) {
    if (from == phase::connecting)
      return;
    uut.connected(now);
    if (from == phase::establishing)
      return;
    uut.heard(now);
    if (from == phase::leaving)
      uut.leave("this node stops", now);
    if (from == phase::closing)
      uut.close("no reason", now);
    if (from == phase::ended)
      uut.disconnected("reset by peer", now);
  }

  // Checks the phase of `from` and then what follows from `event` in it.
  template <class Event>
  static void check(phase from, Event event, action wanted, phase to) {
    table one{from};
    CAF_REQUIRE(one.uut.now_in() == from);
    const auto result = event(one.uut, one.now);
    CAF_MESSAGE("phase " << static_cast<int>(from));
    CAF_CHECK(result == wanted);
    CAF_CHECK(one.uut.now_in() == to);
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(link_lifecycle_table, table)

CAF_TEST(a packet of the other link) {
  const auto event = [](link_lifecycle& uut, auto now) { return uut.heard(now); };
  check(phase::connecting, event, action::none, phase::connecting);
  check(phase::establishing, event, action::establish, phase::up);
  for (const auto each : {phase::up, phase::leaving, phase::closing, phase::ended})
    check(each, event, action::none, each);
}

CAF_TEST(an order to leave) {
  const auto event = [](link_lifecycle& uut, auto now) { return uut.leave("stopped", now); };
  check(phase::connecting, event, action::none, phase::closing);
  check(phase::establishing, event, action::close, phase::closing);
  check(phase::up, event, action::say_goodbye, phase::leaving);
  check(phase::leaving, event, action::close, phase::closing);
  check(phase::closing, event, action::none, phase::closing);
  check(phase::ended, event, action::none, phase::ended);
}

CAF_TEST(an order to close) {
  const auto event = [](link_lifecycle& uut, auto now) { return uut.close("stopped", now); };
  check(phase::connecting, event, action::none, phase::closing);
  for (const auto each : {phase::establishing, phase::up, phase::leaving})
    check(each, event, action::close, phase::closing);
  check(phase::closing, event, action::none, phase::closing);
  check(phase::ended, event, action::none, phase::ended);
}

CAF_TEST(a closed connection) {
  const auto event = [](link_lifecycle& uut, auto now) { return uut.disconnected("closed", now); };
  for (const auto each : {phase::connecting, phase::establishing, phase::up, phase::leaving, phase::closing})
    check(each, event, action::finish, phase::ended);
  check(phase::ended, event, action::none, phase::ended);
}

CAF_TEST(the other node leaves) {
  const auto event = [](link_lifecycle& uut, auto now) {
    uut.other_leaves("stopped", now);
    CAF_CHECK(uut.other_left());
    return action::none;
  };
  check(phase::up, event, action::none, phase::closing);
  check(phase::leaving, event, action::none, phase::leaving);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(link_lifecycle_times, fixture)

CAF_TEST(a connection that comes to a link that is closed is closed) {
  CAF_CHECK(uut.close("there is a newer link", now) == action::none);
  CAF_CHECK(pass(1h) == action::none);
  CAF_CHECK(uut.connected(now) == action::close);
  CAF_CHECK(pass(link_lifecycle::close_within) == action::finish);
}

CAF_TEST(the first reason counts) {
  come_up();
  uut.close("no word for 3 s", now);
  uut.disconnected("closed", now);
  CAF_CHECK_EQUAL(uut.reason(), "no word for 3 s");
}

CAF_TEST(silence for three seconds ends a link and a heartbeat is due after half a second) {
  come_up();
  uut.sent(now);
  CAF_CHECK(!uut.heartbeat_due(now + link_lifecycle::heartbeat_after - 1ms));
  CAF_CHECK(uut.heartbeat_due(now + link_lifecycle::heartbeat_after));
  CAF_CHECK(pass(link_lifecycle::silence - 100ms) == action::none);
  CAF_CHECK(pass(100ms) == action::close);
  CAF_CHECK(!uut.heartbeat_due(now));
}

CAF_TEST(a delay of this node is no silence of the other one) {
  come_up();
  now += 10s;
  CAF_CHECK(uut.tick(now) == action::none);
  CAF_CHECK(pass(2'800ms) == action::none);
  CAF_CHECK(pass(100ms) == action::close);
}

CAF_TEST(a link leaves within a second and closes within another) {
  come_up();
  CAF_CHECK(uut.leave("stopped", now) == action::say_goodbye);
  CAF_CHECK(pass(900ms) == action::none);
  CAF_CHECK(pass(100ms) == action::close);
  CAF_CHECK(pass(900ms) == action::none);
  CAF_CHECK(pass(100ms) == action::finish);
}

CAF_TEST(a node that leaves and does not close is closed after a second) {
  come_up();
  uut.other_leaves("", now);
  CAF_CHECK_EQUAL(uut.reason(), "it has left");
  CAF_CHECK(pass(900ms) == action::none);
  CAF_CHECK(pass(100ms) == action::close);
}

CAF_TEST(a link is over once all directories are done or have had their time) {
  come_up();
  uut.disconnected("closed", now);
  uut.directory_done();
  CAF_CHECK(!uut.is_over(now));
  CAF_CHECK(uut.is_over(now + link_lifecycle::wait_for_directories));
  uut.directory_done();
  CAF_CHECK(uut.is_over(now));
}

CAF_TEST(a link that was never up waits for no directory) {
  uut.connected(now);
  uut.disconnected("closed", now);
  CAF_CHECK(uut.is_over(now));
}

CAF_TEST_FIXTURE_SCOPE_END()
