#define CAF_SUITE command_queue
#include "actors/connection/command_queue.hpp"

#include "caf/test/unit_test.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

struct fixture {
  command_queue uut;
  command_queue::time_point now{1'000h};

  void add(command_type type, std::string identifier) { uut.add({.type = type, .identifier = std::move(identifier)}); }

  // Pays for commands until one is refused. Returns the number of paid ones.
  unsigned pay(unsigned rate) {
    unsigned paid = 0;
    while (uut.pay(rate, now))
      ++paid;
    return paid;
  }

  std::string next() {
    const auto command = uut.next();
    return command ? command->identifier : "none";
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(command_queue_tests, fixture)

CAF_TEST(commands leave in the order in which they came) {
  for (const auto* each : {"a", "b", "c"})
    add(command_type::message, each);
  for (const auto* each : {"a", "b", "c", "none"})
    CAF_CHECK_EQUAL(next(), each);
}

CAF_TEST(none leaves while another one waits for its answer) {
  CAF_CHECK(uut.is_idle());
  uut.hold();
  CAF_CHECK(uut.is_busy());
  CAF_CHECK(!uut.is_idle());
  add(command_type::message, "a");
  CAF_CHECK_EQUAL(next(), "none");
  uut.release();
  CAF_CHECK(!uut.is_idle());
  CAF_CHECK_EQUAL(next(), "a");
  CAF_CHECK(uut.is_idle());
}

CAF_TEST(a command is found by its identifier until it leaves) {
  add(command_type::message, "a");
  CAF_CHECK(uut.holds("a"));
  CAF_CHECK(!uut.holds("b"));
  next();
  CAF_CHECK(!uut.holds("a"));
}

CAF_TEST(subscribes can be dropped without other commands) {
  add(command_type::subscribe, "a");
  add(command_type::unsubscribe, "a");
  add(command_type::subscribe, "b");
  add(command_type::message, "c");
  uut.drop_subscribes();
  for (const auto* each : {"a", "c", "none"})
    CAF_CHECK_EQUAL(next(), each);
}

CAF_TEST(all commands can be dropped and the one under way stays) {
  uut.hold();
  add(command_type::message, "a");
  uut.clear();
  CAF_CHECK(uut.is_busy());
  uut.release();
  CAF_CHECK(uut.is_idle());
}

CAF_TEST(the commands of one second may be spent at once and no more) {
  CAF_CHECK_EQUAL(pay(20), 20u);
  CAF_CHECK_EQUAL(pay(20), 0u);
}

CAF_TEST(time pays for further commands up to those of one second) {
  pay(20);
  now += 50ms;
  CAF_CHECK_EQUAL(pay(20), 1u);
  now += 500ms;
  CAF_CHECK_EQUAL(pay(20), 10u);
  now += 1h;
  CAF_CHECK_EQUAL(pay(20), 20u);
}

CAF_TEST(a clock that has just begun to run pays for a second too) {
  now = {};
  CAF_CHECK_EQUAL(pay(3), 3u);
}

CAF_TEST_FIXTURE_SCOPE_END()
