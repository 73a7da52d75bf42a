// Labels: threads
#define CAF_SUITE lane
#include "actors/runtime/lane.hpp"

#include <array>
#include <caf/resumable.hpp>
#include <functional>
#include <thread>

#include "tests/actors/support/hand_lane.hpp"

#include "tests/actors/support/actor_fixture.hpp"

using namespace ability;

namespace {

// A job as CAF queues it, without an actor.
class job final : public caf::resumable {
public:
  using action = std::function<resume_result()>;
  explicit job(action what) : what_{std::move(what)} {}

  int references = 0;
  std::size_t most_in_a_row = 0;
  std::function<void()> on_release;

  void queue_on(lane& where) {
    ++references;
    where.exec_later(this);
  }

  resume_result resume(caf::execution_unit*, std::size_t max_throughput) override {
    most_in_a_row = max_throughput;
    return what_();
  }
  void intrusive_ptr_add_ref_impl() override { ++references; }
  void intrusive_ptr_release_impl() override {
    --references;
    if (on_release)
      on_release();
  }

private:
  action what_;
};

struct fixture : actor_fixture {
  fixture() { uut.adopt_thread(); }

  hand_lane uut{sys};
};

constexpr auto done = caf::resumable::awaiting_message;
constexpr auto again = caf::resumable::resume_later;

}  // namespace

CAF_TEST_FIXTURE_SCOPE(lane_queue, fixture)

CAF_TEST(jobs run in the order they were queued and are released) {
  std::vector<int> ran;
  std::array<job, 3> jobs{job{[&] { return ran.push_back(0), done; }}, job{[&] { return ran.push_back(1), done; }},
                          job{[&] { return ran.push_back(2), done; }}};
  for (auto& each : jobs)
    each.queue_on(uut);
  CAF_CHECK(ran.empty());
  CAF_CHECK(!uut.drain());
  CAF_CHECK_EQUAL(ran, (std::vector<int>{0, 1, 2}));
  for (const auto& each : jobs)
    CAF_CHECK_EQUAL(each.references, 0);
}

CAF_TEST(a job that is not done runs again behind the others and is not released before) {
  std::vector<int> ran;
  job long_one{[&] { return ran.push_back(0), ran.size() < 4 ? again : done; }};
  job short_one{[&] { return ran.push_back(1), done; }};
  long_one.queue_on(uut);
  short_one.queue_on(uut);
  long_one.on_release = [&] { CAF_CHECK_EQUAL(ran.size(), 4u); };
  CAF_CHECK(!uut.drain());
  CAF_CHECK_EQUAL(ran, (std::vector<int>{0, 1, 0, 0}));
  CAF_CHECK_EQUAL(long_one.references, 0);
}

CAF_TEST(jobs that are queued while draining run in the same drain without a wake) {
  auto ran = 0;
  job second{[&] { return ++ran, done; }};
  job first{[&] {
    second.queue_on(uut);
    return ++ran, done;
  }};
  CAF_CHECK_EQUAL(uut.wakes_for([&] { first.queue_on(uut); }), 1u);
  CAF_CHECK_EQUAL(uut.wakes_for([&] { CAF_CHECK(!uut.drain()); }), 0u);
  CAF_CHECK_EQUAL(ran, 2);
}

CAF_TEST(one wake serves all that is queued until the drain) {
  job some{[] { return done; }};
  CAF_CHECK_EQUAL(uut.wakes_for([&] {
    for (auto i = 0; i < 10; ++i)
      some.queue_on(uut);
    uut.request_drain();
  }),
                  1u);
  uut.drain();
  CAF_CHECK_EQUAL(uut.wakes_for([&] { some.queue_on(uut); }), 1u);
  uut.drain();
  CAF_CHECK_EQUAL(some.references, 0);
}

CAF_TEST(what was written is flushed once after all jobs of a drain) {
  auto ran = 0;
  job some{[&] { return ++ran, done; }};
  uut.on_flush = [&] { CAF_CHECK_EQUAL(ran, 3); };
  for (auto i = 0; i < 3; ++i)
    some.queue_on(uut);
  uut.drain();
  CAF_CHECK_EQUAL(uut.flushes, 1u);
}

CAF_TEST(a drain that is asked for flushes even without a job) {
  CAF_CHECK_EQUAL(uut.wakes_for([&] { uut.request_drain(); }), 1u);
  CAF_CHECK(!uut.drain());
  CAF_CHECK_EQUAL(uut.flushes, 1u);
}

CAF_TEST(jobs that are queued while flushing are announced by the drain) {
  auto ran = 0;
  job some{[&] { return ++ran, done; }};
  uut.on_flush = [&] {
    if (ran == 0)
      some.queue_on(uut);
  };
  uut.request_drain();
  CAF_CHECK_EQUAL(uut.wakes_for([&] { CAF_CHECK(uut.drain()); }), 0u);
  CAF_CHECK(!uut.drain());
  CAF_CHECK_EQUAL(ran, 1);
}

CAF_TEST(jobs that never end let the sockets have their turn) {
  auto ran = 0;
  job endless{[&] { return ++ran, ran < 100'000 ? again : done; }};
  endless.queue_on(uut);
  CAF_CHECK(uut.drain());
  CAF_CHECK_EQUAL(uut.flushes, 1u);
  CAF_CHECK_LESS(ran, 100'000);
  CAF_CHECK_EQUAL(uut.wakes_for([&] { uut.request_drain(); }), 0u);  // the drain has reported that more is queued
  while (uut.drain())
    continue;
  CAF_CHECK_EQUAL(ran, 100'000);
  CAF_CHECK_EQUAL(endless.references, 0);
}

CAF_TEST(an actor does not keep the lane for all its messages) {
  job some{[] { return done; }};
  some.queue_on(uut);
  uut.drain();
  CAF_CHECK_GREATER(some.most_in_a_row, 0u);
  CAF_CHECK_LESS_OR_EQUAL(some.most_in_a_row, 1'000u);
}

CAF_TEST(jobs of another thread wake the lane once and run on its own thread in order) {
  std::vector<int> ran;
  std::array<job, 3> jobs{job{[&] { return ran.push_back(0), done; }}, job{[&] { return ran.push_back(1), done; }},
                          job{[&] { return ran.push_back(2), done; }}};
  CAF_CHECK_EQUAL(uut.wakes_for([&] {
    std::jthread{[&] {
      for (auto& each : jobs)
        each.queue_on(uut);
    }};
  }),
                  1u);
  CAF_CHECK(ran.empty());
  CAF_CHECK(!uut.drain());
  CAF_CHECK_EQUAL(ran, (std::vector<int>{0, 1, 2}));
  CAF_CHECK_EQUAL(uut.wakes_for([&] { std::jthread{[&] { jobs[0].queue_on(uut); }}; }), 1u);
  uut.drain();
  CAF_CHECK_EQUAL(jobs[0].references, 0);
}

CAF_TEST(a job that another thread queues while the lane drains has a wake of its own) {
  auto ran = 0;
  job foreign{[&] { return ++ran, done; }};
  job own{[&] {
    std::jthread{[&] { foreign.queue_on(uut); }};
    return done;
  }};
  own.queue_on(uut);
  CAF_CHECK_EQUAL(uut.wakes_for([&] { uut.drain(); }), 1u);
  uut.play();
  CAF_CHECK_EQUAL(ran, 1);
}

CAF_TEST(what the job of another thread queues needs no wake) {
  auto ran = 0;
  job second{[&] { return ++ran, done; }};
  job first{[&] {
    second.queue_on(uut);
    return ++ran, done;
  }};
  std::jthread{[&] { first.queue_on(uut); }};
  CAF_CHECK_EQUAL(uut.wakes_for([&] { CAF_CHECK(!uut.drain()); }), 0u);
  CAF_CHECK_EQUAL(ran, 2);
}

CAF_TEST(only the thread that was adopted is the lanes own) {
  CAF_CHECK(uut.on_own_thread());
  auto elsewhere = true;
  std::jthread{[&] { elsewhere = uut.on_own_thread(); }};
  CAF_CHECK(!elsewhere);
}

CAF_TEST(a lane that ends releases the jobs that were queued without running them) {
  auto ran = 0;
  job own{[&] { return ++ran, done; }};
  job foreign{[&] { return ++ran, done; }};
  {
    hand_lane ending{sys};
    std::jthread{[&] {
      foreign.queue_on(ending);
      ending.adopt_thread();
      own.queue_on(ending);
    }};
  }
  CAF_CHECK_EQUAL(ran, 0);
  CAF_CHECK_EQUAL(own.references, 0);
  CAF_CHECK_EQUAL(foreign.references, 0);
}

CAF_TEST(a lane that ends releases jobs that are queued by what it releases) {
  job third{[] { return done; }};
  job second{[] { return done; }};
  job first{[] { return done; }};
  {
    hand_lane ending{sys};
    second.on_release = [&] { third.queue_on(ending); };
    first.on_release = [&] { second.queue_on(ending); };
    first.queue_on(ending);
  }
  CAF_CHECK_EQUAL(first.references, 0);
  CAF_CHECK_EQUAL(second.references, 0);
  CAF_CHECK_EQUAL(third.references, 0);
  CAF_CHECK(uut.on_own_thread());
}

CAF_TEST_FIXTURE_SCOPE_END()
