#define CAF_SUITE fly_call_table
#include "net/fly/peer/call_table.hpp"

#include <set>

#include "caf/test/unit_test.hpp"

using namespace ability::fly;
using namespace std::chrono_literals;

namespace {

using table = call_table;

struct quiet final : waiter {
  void done(outcome<payload>) override {}
  void refuse(remote_error) override {}
};

struct fixture {
  table calls;
  table::time_point now = table::clock::now();

  std::uint8_t start(std::uint16_t command, std::chrono::milliseconds time = 10s, std::uint64_t id = 0) {
    auto who = std::make_unique<quiet>();
    who->id = id;
    return calls.start({command, now + time, std::move(who)});
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(fly_call_table_tests, fixture)

CAF_TEST(numbers begin at one and go through zero) {
  for (int i = 1; i <= 600; ++i) {
    const auto number = start(7);
    CAF_CHECK_EQUAL(int{number}, i % 256);
    CAF_CHECK(calls.finish(7, number).who != nullptr);
  }
}

CAF_TEST(no number is given twice) {
  std::set<int> seen;
  for (int i = 0; i < 256; ++i)
    seen.insert(start(7));
  CAF_CHECK_EQUAL(seen.size(), 256u);
  CAF_CHECK(calls.full());
  CAF_CHECK(calls.finish(7, 99).who != nullptr);
  CAF_CHECK(!calls.full());
  CAF_CHECK_EQUAL(int{start(7)}, 99);
}

CAF_TEST(messages pass numbers that calls have) {
  CAF_CHECK_EQUAL(int{start(7)}, 1);
  for (int i = 2; i < 256; ++i)
    CAF_CHECK_EQUAL(int{calls.pass_number()}, i);
  CAF_CHECK_EQUAL(int{calls.pass_number()}, 0);
  CAF_CHECK_EQUAL(int{calls.pass_number()}, 2);
}

CAF_TEST(messages get a number even if calls have them all) {
  for (int i = 0; i < 256; ++i)
    start(7);
  CAF_CHECK_EQUAL(int{calls.pass_number()}, 1);
  CAF_CHECK_EQUAL(int{calls.pass_number()}, 2);
}

CAF_TEST(a reply belongs to a command and a number) {
  const auto number = start(7);
  CAF_CHECK(!calls.finish(8, number).found);
  CAF_CHECK(!calls.finish(7, number + 1).found);
  CAF_CHECK(calls.finish(7, number).who != nullptr);
  CAF_CHECK(!calls.finish(7, number).found);
}

CAF_TEST(a number rests after its call timed out until the late reply) {
  const auto number = start(7, 1s);
  CAF_CHECK(calls.earliest() == now + 1s);
  CAF_CHECK(calls.expire(now + 999ms, now + 10s).empty());
  CAF_CHECK_EQUAL(calls.expire(now + 1s, now + 10s).size(), 1u);
  CAF_CHECK_EQUAL(calls.active(), 0u);
  for (int i = 0; i < 255; ++i)
    CAF_CHECK(start(7) != number);
  CAF_CHECK(calls.full());
  const auto late = calls.finish(7, number);
  CAF_CHECK(late.found);
  CAF_CHECK(late.who == nullptr);
  CAF_CHECK_EQUAL(start(7), number);
}

CAF_TEST(a number does not rest for ever) {
  const auto number = start(7, 1s);
  CAF_CHECK_EQUAL(calls.expire(now + 1s, now + 10s).size(), 1u);
  CAF_CHECK(calls.earliest() == now + 10s);
  CAF_CHECK(calls.expire(now + 10s, now + 20s).empty());
  CAF_CHECK(calls.earliest() == table::never);
  CAF_CHECK(!calls.finish(7, number).found);
}

CAF_TEST(a call that was given up rests too) {
  const auto number = start(7, 10s, 5);
  CAF_CHECK(calls.give_up(6, now + 1s) == nullptr);
  CAF_CHECK(calls.give_up(5, now + 1s) != nullptr);
  CAF_CHECK(calls.give_up(5, now + 1s) == nullptr);
  CAF_CHECK(calls.finish(7, number).found);
}

CAF_TEST(clearing hands out all that wait) {
  start(7, 1s);
  start(7);
  start(7);
  CAF_CHECK_EQUAL(calls.expire(now + 1s, now + 10s).size(), 1u);
  CAF_CHECK_EQUAL(calls.clear().size(), 2u);
  CAF_CHECK(calls.clear().empty());
  CAF_CHECK(!calls.full());
  CAF_CHECK_EQUAL(calls.active(), 0u);
}

CAF_TEST(an empty table answers too) {
  CAF_CHECK(!calls.finish(7, 1).found);
  CAF_CHECK(calls.give_up(1, now) == nullptr);
  CAF_CHECK(calls.expire(now, now).empty());
  CAF_CHECK(calls.earliest() == table::never);
}

CAF_TEST_FIXTURE_SCOPE_END()
