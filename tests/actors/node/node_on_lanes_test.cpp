// Labels: threads
#define CAF_SUITE node_on_lanes
// The node as it runs in the daemon: its actors pinned to lanes with a thread each.
#include <atomic>
#include <thread>

#include "tests/actors/support/hand_lane.hpp"
#include "tests/actors/support/thread_lane.hpp"

#include "tests/actors/support/actor_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

struct member {
  std::shared_ptr<fake_session> box = std::make_shared<fake_session>();
  connection_actor actor;
};

template <class Lane>
struct fixture_on : test_coordinator_fixture<> {
  static constexpr std::size_t lanes = 2;

  std::vector<std::unique_ptr<Lane>> threads;
  node here{sys, {.public_access = true, .streams = {.public_streams = true}}, virtual_time(sys)};
  std::atomic<std::size_t> confirmed{0};
  std::vector<member> members;

  fixture_on() {
    for (std::size_t i = 0; i < lanes; ++i) {
      threads.push_back(std::make_unique<Lane>(sys));
      here.lanes.push_back(std::make_unique<lane_home>(here, threads.back().get()));
    }
    start_records(here);
  }

  // Adds clients on all lanes, each of which follows all `streams`.
  void come(std::size_t count, const std::vector<std::string>& streams) {
    for (std::size_t i = 0; i < count; ++i) {
      auto& one = members.emplace_back();
      one.box->on_text = [this](std::string_view text) {
        confirmed += text.find("confirm_subscription") != std::string_view::npos;
      };
      one.actor = spawn_connection(*here.lanes[i % lanes], one.box, "s" + std::to_string(i));
      caf::anon_send(one.actor, handshake());
      for (const auto& stream : streams)
        caf::anon_send(one.actor, client_said{{command_type::subscribe, identifier_of(stream)}});
    }
  }

  void publish(lane_home& home, std::string_view stream, int number) {
    ability::publish(
        home,
        std::vector<broadcast>{{.stream = std::string{stream}, .data = std::to_string(number), .data_is_json = true}},
        scope::here);
  }

  void end_records() {
    for (const auto& home : here.lanes) {
      caf::anon_send_exit(home->directory, caf::exit_reason::user_shutdown);
      caf::anon_send_exit(home->registry, caf::exit_reason::user_shutdown);
      caf::anon_send_exit(home->sessions, caf::exit_reason::user_shutdown);
    }
  }

  std::uint64_t sum(counter lane_counters::*what) const {
    std::uint64_t result = 0;
    for (const auto& home : here.lanes)
      result += (home->counters.*what).get();
    return result;
  }
};

struct threads_fixture : fixture_on<thread_lane> {
  threads_fixture() {
    for (const auto& each : threads)
      each->start();
  }
  ~threads_fixture() override {
    for (const auto& each : threads)
      each->stop();
  }
};

struct hand_fixture : fixture_on<hand_lane> {
  // Runs all lanes as if they shared one thread.
  void play() {
    for (auto busy = true; busy;) {
      busy = false;
      for (const auto& each : threads) {
        each->adopt_thread();
        busy = each->play() || busy;
      }
    }
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(node_on_threads, threads_fixture)

CAF_TEST(whatever thread publishes and whatever lane follows each stream arrives whole and in order) {
  const std::vector<std::string> streams{"a", "b", "c", "d"};
  constexpr auto count = 200;
  come(150, streams);
  CAF_REQUIRE(eventually([&] { return confirmed == members.size() * streams.size(); }));
  {
    std::vector<std::jthread> publishers;
    for (const auto& stream : streams)
      publishers.emplace_back([&] {
        for (auto i = 1; i <= count; ++i)
          publish(*here.lanes.front(), stream, i);
      });
  }
  const auto expected = members.size() * streams.size() * count;
  CAF_CHECK(eventually([&] { return sum(&lane_counters::delivered) == expected && here.gate.pending() == 0; }));
  for (const auto& home : here.lanes)
    caf::anon_send(home->registry, disconnect_all{"server_restart", true});
  CAF_CHECK(eventually([&] { return sum(&lane_counters::connections_closed) == members.size(); }));
  CAF_CHECK(eventually([&] { return sum(&lane_counters::streams_closed) == streams.size(); }));
  end_records();
  CAF_CHECK(eventually([&] { return sys.registry().running() == 1; }));
  for (const auto& each : threads)
    each->stop();

  std::size_t wrong = 0;
  for (const auto& one : members) {
    wrong += one.box->frames != streams.size() * count || !one.box->closed || !one.box->misuse.empty();
    for (const auto& stream : streams) {
      auto next = 1;
      for (const auto& text : one.box->seen)
        if (next <= count && text == message_of(stream, std::to_string(next)))
          ++next;
      wrong += next != count + 1;
    }
  }
  CAF_CHECK_EQUAL(wrong, 0u);
  CAF_CHECK_EQUAL(sum(&lane_counters::deliveries), expected);
  CAF_CHECK_EQUAL(here.unclaimed_deliveries.load(), 0u);
}

CAF_TEST(clients that come and go while others publish leave nothing behind) {
  std::atomic<bool> over{false};
  std::jthread publisher{[&] {
    for (auto i = 0; !over; ++i) {
      publish(*here.lanes.front(), i % 2 == 0 ? "a" : "b", i);
      while (here.gate.pending() > 100 && !over)
        std::this_thread::yield();
    }
  }};
  for (auto round = 0; round < 20; ++round) {
    const auto before = confirmed.load();
    come(20, {"a", "b"});
    if (round % 2 == 0)  // in other rounds they may go before they are confirmed
      CAF_CHECK(eventually([&] { return confirmed >= before + 40; }));
    for (auto i = members.size() - 20; i < members.size(); ++i) {
      if (i % 3 == 0)
        caf::anon_send(members[i].actor, client_said{{command_type::unsubscribe, identifier_of("a")}});
      else if (i % 3 == 1)
        caf::anon_send_exit(members[i].actor, caf::exit_reason::kill);
      else
        caf::anon_send(members[i].actor, client_gone{});
    }
  }
  for (const auto& one : members)
    caf::anon_send(one.actor, client_gone{});
  over = true;
  publisher.join();
  end_records();
  CAF_CHECK(eventually([&] { return sys.registry().running() == 1 && here.gate.pending() == 0; }));
  for (const auto& each : threads)
    each->stop();
  CAF_CHECK_EQUAL(sum(&lane_counters::connections_closed), sum(&lane_counters::connections_opened));
  CAF_CHECK_EQUAL(sum(&lane_counters::deliveries),
                  sum(&lane_counters::delivered) + sum(&lane_counters::dropped_closed) + here.unclaimed_deliveries);
  CAF_CHECK_GREATER(sum(&lane_counters::delivered), 0u);
  std::size_t left = 0;
  for (const auto& one : members)
    left += !one.box->closed;
  CAF_CHECK_EQUAL(left, 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(node_by_hand, hand_fixture)

CAF_TEST(lanes that one thread plays in turn deliver to all) {
  come(500, {"a"});
  play();
  CAF_REQUIRE_EQUAL(confirmed.load(), 500u);
  publish(*here.lanes.front(), "a", 1);
  play();
  CAF_CHECK_EQUAL(sum(&lane_counters::delivered), 500u);
  for (const auto& one : members)
    caf::anon_send(one.actor, client_gone{});
  end_records();
  play();
  CAF_CHECK_EQUAL(sys.registry().running(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
