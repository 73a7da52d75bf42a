// Labels: hardened
#define CAF_SUITE held_followers
// Followers that wait for their history.
#include "actors/stream/history/held_followers.hpp"

#include <chrono>
#include <memory>

#include "tests/actors/stream/stream_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

const wire_format* const positioned = &action_cable_json({.positions = true});

struct fixture : stream_fixture {
  fixture() : stream_fixture{{.public_access = true, .history = {.broker = history_broker::memory}}} {}

  // Has `who` wait for `release_held`. Returns the number of its hold.
  std::uint64_t hold(const follower& who, const std::string& identifier) {
    const auto asked = std::make_shared<const history_request>(history_request{.is_valid = true});
    auto answer = self->request(uut, caf::infinite, subscribe{"news", identifier, positioned, who.actor, asked});
    CAF_REQUIRE(ends_soon());
    std::uint64_t number = held_followers::none;
    answer.receive([&](const subscribed& news) { number = news.held->hold; },
                   [](const caf::error&) { CAF_FAIL("no answer"); });
    CAF_REQUIRE(number != held_followers::none);
    return number;
  }

  void release(std::uint64_t hold) { caf::anon_send(uut, release_held{hold}); }

  // Runs the actors. False: they do not come to rest.
  bool ends_soon() {
    for (int steps = 0; steps < 1'000; ++steps)
      if (!sched.try_run_once())
        return true;
    return false;
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(held_followers_tests, fixture)

CAF_TEST(a stream rests while it waits for a follower to be released) {
  const auto first = someone();
  const auto second = someone();
  const auto waits = hold(first, "i");
  const auto goes_on = hold(second, "j");
  release(goes_on);
  CAF_REQUIRE(ends_soon());
  broadcast_it("1");
  CAF_REQUIRE(ends_soon());
  CAF_CHECK_EQUAL(first.heard().size(), 0u);
  CAF_CHECK_EQUAL(second.heard().size(), 1u);
  release(waits);
  CAF_REQUIRE(ends_soon());
  CAF_CHECK_EQUAL(first.heard().size(), 1u);
  CAF_CHECK_EQUAL(second.heard().size(), 1u);
}

CAF_TEST(followers are released in any order and each gets all once) {
  std::vector<follower> crowd;
  std::vector<std::uint64_t> holds;
  for (int i = 0; i < 100; ++i) {
    crowd.push_back(someone());
    holds.push_back(hold(crowd.back(), "i" + std::to_string(i % 3)));
    broadcast_it(std::to_string(i));
    CAF_REQUIRE(ends_soon());
  }
  std::vector<std::size_t> heard(crowd.size());
  // A stream sends more once its followers have let the earlier batches go.
  const auto take = [&] {
    CAF_REQUIRE(ends_soon());
    for (std::size_t i = 0; i < crowd.size(); ++i) {
      heard[i] += crowd[i].heard().size();
      crowd[i].told->batches.clear();
    }
    CAF_REQUIRE(ends_soon());
  };
  for (std::size_t i = 0; i < holds.size(); ++i) {
    release(holds[i * 37 % holds.size()]);
    take();
  }
  broadcast_it("100");
  take();
  take();
  for (std::size_t i = 0; i < crowd.size(); ++i)
    CAF_CHECK_EQUAL(heard[i], 101 - i);
}

CAF_TEST_FIXTURE_SCOPE_END()
