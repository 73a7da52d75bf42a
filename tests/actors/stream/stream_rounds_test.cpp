// Labels: hardened
#define CAF_SUITE stream_rounds
// Publications that are too large to be delivered in one round.
#include "tests/actors/stream/stream_fixture.hpp"

using namespace ability;

namespace {

constexpr std::size_t groups = 40;
constexpr std::size_t large = 100'000;  // bytes: three of them exceed the bytes that may be on their way

std::string text_of(char letter, std::size_t size = large) { return '"' + std::string(size, letter) + '"'; }

struct fixture : stream_fixture {
  fixture() : stream_fixture{{.public_access = true, .max_pending_bytes = 1'000'000}} {
    for (std::size_t i = 0; i < groups; ++i) {
      crowd.push_back(someone());
      slots.push_back(add(crowd.back(), name(i)));
    }
  }

  static std::string name(std::size_t i) { return "i" + std::to_string(i); }

  // Has all followers release their batches. Returns the number of batches released.
  std::size_t take() {
    std::size_t taken = 0;
    for (std::size_t i = 0; i < crowd.size(); ++i) {
      for (auto& text : crowd[i].heard())
        heard[i].push_back(std::move(text));
      taken += crowd[i].told->batches.size();
      crowd[i].told->batches.clear();
    }
    return taken;
  }

  // Repeats `take` until nothing is left. Returns the number of rounds.
  std::size_t take_all(std::size_t at_once) {
    std::size_t times = 0;
    for (;; ++times) {
      consume_messages();
      const auto taken = take();
      CAF_CHECK_LESS_OR_EQUAL(taken, at_once);
      if (taken == 0)
        return times;
    }
  }

  std::vector<follower> crowd;
  std::vector<std::size_t> slots;
  std::vector<texts> heard{groups};
};

struct few_identifiers : stream_fixture {
  few_identifiers() : stream_fixture{{.public_access = true, .max_stream_identifiers = 2}} {}
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(stream_rounds_tests, fixture)

CAF_TEST(a large publication is encoded for some identifiers at a time once those before have taken it) {
  broadcast_it(text_of('x'));
  CAF_CHECK_EQUAL(take_all(3), groups / 3 + 1);
  for (std::size_t i = 0; i < groups; ++i)
    CAF_CHECK_EQUAL(heard[i], texts{framed(name(i), text_of('x'))});
  CAF_CHECK_EQUAL(sum(&lane_counters::deliveries), groups);
  CAF_CHECK_EQUAL(here.gate.pending(), 0u);
}

CAF_TEST(many small ones for one subscriber are handed out bit by bit as well) {
  const auto part = std::string(10'000, 'x');
  for (int i = 0; i < 60; ++i)
    broadcast_it('"' + part + std::to_string(i) + '"');
  take_all(5 * groups);
  for (std::size_t i = 0; i < groups; ++i) {
    CAF_REQUIRE_EQUAL(heard[i].size(), 60u);
    for (int at = 0; at < 60; ++at)
      CAF_CHECK_EQUAL(heard[i][at], framed(name(i), '"' + part + std::to_string(at) + '"'));
  }
}

CAF_TEST(what is published meanwhile follows in order) {
  broadcast_it(text_of('a'));
  consume_messages();
  broadcast_it(text_of('b', 10));
  broadcast_it(text_of('c'));
  take_all(6);
  for (std::size_t i = 0; i < groups; ++i)
    CAF_CHECK_EQUAL(heard[i], (texts{framed(name(i), text_of('a')), framed(name(i), text_of('b', 10)),
                                     framed(name(i), text_of('c'))}));
}

CAF_TEST(what is on its way counts at the gate before anybody has taken it) {
  broadcast_it(text_of('x', 300'000));
  consume_messages();
  CAF_CHECK(!here.gate.full());
  broadcast_it(text_of('y', 300'000));
  consume_messages();
  CAF_CHECK(!here.gate.full());  // the second waits for the first, and counts once
  broadcast_it(text_of('z', 200'000));
  CAF_CHECK(here.gate.full());
  take_all(2);
  CAF_CHECK(!here.gate.full());
}

CAF_TEST(nothing is encoded for those who leave before their turn) {
  broadcast_it(text_of('x'));
  consume_messages();
  for (std::size_t i = 0; i < groups; ++i)
    if (crowd[i].told->batches.empty())
      remove(crowd[i], slots[i], name(i));
  take_all(3);
  CAF_CHECK_EQUAL(sum(&lane_counters::deliveries), 3u);
  CAF_CHECK_EQUAL(here.gate.pending(), 0u);
  CAF_CHECK_EQUAL(directory_told->idle.size(), 0u);
  broadcast_it("1");
  take_all(3);
  CAF_CHECK_EQUAL(sum(&lane_counters::deliveries), 6u);
}

CAF_TEST(a stream that all leave meanwhile is idle and can end) {
  broadcast_it(text_of('x'));
  consume_messages();
  for (std::size_t i = 0; i < groups; ++i)
    remove(crowd[i], slots[i], name(i));
  consume_messages();
  CAF_CHECK_EQUAL(directory_told->idle.size(), 1u);
  caf::anon_send(uut, retire_stream{});
  consume_messages();
  CAF_CHECK(!is_alive(uut));
  take();
  consume_messages();
  CAF_CHECK_EQUAL(here.gate.pending(), 0u);
}

CAF_TEST(subscribers that come meanwhile get what is published after) {
  broadcast_it(text_of('x'));
  consume_messages();
  crowd.push_back(someone());
  heard.emplace_back();
  add(crowd.back(), "new");
  broadcast_it("1");
  take_all(2 * groups);
  CAF_CHECK_EQUAL(heard.back(), texts{framed("new", "1")});
  CAF_CHECK_EQUAL(heard.front(), (texts{framed(name(0), text_of('x')), framed(name(0), "1")}));
}

CAF_TEST(a stream that fails meanwhile holds nothing) {
  broadcast_it(text_of('x'));
  consume_messages();
  caf::anon_send_exit(uut, caf::exit_reason::kill);
  consume_messages();
  take();
  consume_messages();
  CAF_CHECK_EQUAL(here.gate.pending(), 0u);
  CAF_CHECK_EQUAL(crowd[0].told->goodbyes.size(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(stream_identifiers, few_identifiers)

CAF_TEST(a stream is followed under no more identifiers than it may) {
  const auto first = someone();
  const auto second = someone();
  const auto third = someone();
  add(first, "i");
  const auto slot = add(second, "j");
  const auto refused = [&](const std::string& identifier) {
    bool answered = false;
    auto answer = ask(third, identifier);
    consume_messages();
    answer.receive(
        [&](const subscribed& news) {
          answered = true;
          CAF_CHECK(!news.actor);
        },
        [](const caf::error&) { CAF_FAIL("no answer"); });
    return answered;
  };
  CAF_CHECK(refused("k"));
  CAF_CHECK_EQUAL(home.counters.limit_hits[static_cast<std::size_t>(limit::stream_identifiers)].get(), 1u);
  add(third, "j");  // already subscribed
  broadcast_it("1");
  consume_messages();
  CAF_CHECK_EQUAL(third.heard(), texts{framed("j", "1")});
  remove(first, 0, "i");
  add(third, "k");
  remove(second, slot, "j");
  consume_messages();
}

CAF_TEST_FIXTURE_SCOPE_END()
