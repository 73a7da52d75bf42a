// Labels: threads
#define CAF_SUITE pinned
#include "actors/runtime/pinned.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <thread>

#include "tests/actors/support/hand_lane.hpp"

#include "tests/actors/support/actor_fixture.hpp"

using namespace ability;

namespace {

using numbered = caf::typed_actor<caf::reacts_to<int>>;

// Messages that numbered actors have received, as (actor, number).
struct notes {
  std::vector<std::pair<int, int>> told;
  std::vector<bool> on_lane;
  std::function<void(int)> then;
  int ended = 0;
};

class numbered_state {
public:
  static constexpr const char* name = "test.numbered";
  explicit numbered_state(numbered::pointer) {}
  numbered_state(const numbered_state&) = delete;
  numbered_state& operator=(const numbered_state&) = delete;
  ~numbered_state() { ++notes_->ended; }

  void start(int me, notes& into, lane* home) {
    me_ = me;
    notes_ = &into;
    home_ = home;
  }
  numbered::behavior_type make_behavior() {
    return {[this](int number) {
      notes_->told.emplace_back(me_, number);
      notes_->on_lane.push_back(home_ != nullptr && home_->on_own_thread());
      if (notes_->then)
        notes_->then(number);
    }};
  }

private:
  int me_ = 0;
  notes* notes_ = nullptr;
  lane* home_ = nullptr;
};

struct fixture : actor_fixture {
  fixture() { uut.adopt_thread(); }
  ~fixture() override {
    actors.clear();
    uut.play();
  }

  notes all;
  hand_lane uut{sys};
  std::vector<numbered> actors;

  // A numbered actor that was started.
  numbered someone() {
    const auto me = static_cast<int>(actors.size());
    actors.push_back(spawn_on<numbered, numbered_state>(sys, &uut, me, all, static_cast<lane*>(&uut)));
    uut.play();
    uut.flushes = 0;
    return actors.back();
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(pinned_tests, fixture)

CAF_TEST(an actor gets its messages in order and only on its lane) {
  const auto actor = someone();
  for (auto i = 0; i < 200; ++i)
    caf::anon_send(actor, i);
  CAF_CHECK(all.told.empty());
  uut.play();
  CAF_REQUIRE_EQUAL(all.told.size(), 200u);
  CAF_CHECK(std::ranges::is_sorted(all.told));
  CAF_CHECK(std::ranges::find(all.on_lane, false) == all.on_lane.end());
}

CAF_TEST(messages to many actors wait for one wake and one flush) {
  std::array<numbered, 3> some{someone(), someone(), someone()};
  CAF_CHECK_EQUAL(uut.wakes_for([&] {
    for (auto round = 0; round < 3; ++round)
      for (const auto& each : some)
        caf::anon_send(each, round);
  }),
                  1u);
  uut.play();
  CAF_CHECK_EQUAL(all.told.size(), 9u);
  CAF_CHECK_EQUAL(uut.flushes, 1u);
}

CAF_TEST(what actors of a lane tell each other never leaves it) {
  const auto first = someone();
  const auto second = someone();
  all.then = [&](int number) {
    if (number < 50)
      caf::anon_send(number % 2 == 0 ? second : first, number + 1);
  };
  caf::anon_send(first, 0);
  CAF_CHECK_EQUAL(uut.wakes_for([&] { uut.drain(); }), 0u);
  CAF_CHECK_EQUAL(all.told.size(), 51u);
  CAF_CHECK(!sched.has_job());
}

CAF_TEST(an actor without a lane runs on the scheduler) {
  const auto actor = ends(spawn_on<numbered, numbered_state>(sys, nullptr, 7, all, static_cast<lane*>(nullptr)));
  CAF_CHECK_EQUAL(uut.wakes_for([&] { caf::anon_send(actor, 1); }), 0u);
  consume_messages();
  CAF_CHECK_EQUAL(all.told.size(), 1u);
}

CAF_TEST(messages from many threads arrive in the order of each) {
  constexpr auto count = 500;
  const auto actor = someone();
  std::vector<std::jthread> threads;
  for (auto id = 0; id < 3; ++id)
    threads.emplace_back([actor, id] {
      for (auto i = 0; i < count; ++i)
        caf::anon_send(actor, id * count + i);
    });
  while (all.told.size() < 3 * count)
    uut.play();
  for (auto id = 0; id < 3; ++id) {
    std::vector<int> mine;
    for (const auto& [who, number] : all.told)
      if (number / count == id)
        mine.push_back(number);
    CAF_CHECK_EQUAL(mine.size(), static_cast<std::size_t>(count));
    CAF_CHECK(std::ranges::is_sorted(mine));
  }
}

CAF_TEST(a lane that ends lets go of actors that nobody else holds) {
  auto ended_before = 0;
  {
    hand_lane ending{sys};
    auto actor = spawn_on<numbered, numbered_state>(sys, &ending, 1, all, static_cast<lane*>(&ending));
    caf::anon_send(actor, 1);
    actor = nullptr;
    ended_before = all.ended;
  }
  CAF_CHECK_EQUAL(ended_before, 0);
  CAF_CHECK_EQUAL(all.ended, 1);
  CAF_CHECK(all.told.empty());
}

// A finished broadcast notifies the waiters at the ingress gate; it may finish because its message is destroyed.
CAF_TEST(what is let go as a lane ends may tell actors there) {
  const auto box = std::make_shared<fake_session>();
  ingress_gate gate{1, 1'000};
  auto ending = std::make_unique<hand_lane>(sys);
  lane_home home{here, ending.get()};
  auto waiting = spawn_on<numbered, numbered_state>(sys, ending.get(), 1, all, static_cast<lane*>(ending.get()));
  auto connection = spawn_connection(home, box, "s1");
  ending->adopt_thread();
  ending->play();
  auto frames = std::make_shared<batch>(here.unclaimed_deliveries);
  frames->sources.push_back(std::make_shared<accepted_broadcast>(broadcast{.stream = "a"}, gate, here.now()));
  gate.when_open(&gate, [&] { caf::anon_send(waiting, 1); });
  const auto wakes = ending->wakes_for([&] { caf::anon_send(connection, deliver{std::move(frames)}); });
  CAF_CHECK_EQUAL(wakes, 1u);
  uut.adopt_thread();
  connection = nullptr;
  ending.reset();
  CAF_CHECK_EQUAL(gate.pending(), 0u);
  CAF_CHECK(box->closed);
  CAF_CHECK(all.told.empty());
  CAF_CHECK_EQUAL(all.ended, 0);
  waiting = nullptr;
  CAF_CHECK_EQUAL(all.ended, 1);
}

CAF_TEST_FIXTURE_SCOPE_END()
