#define CAF_SUITE link_bounds
// Bounds of the queues at both ends of a link.
#include "tests/actors/cluster/link_traffic_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;

struct narrow_fixture : link_traffic_fixture {
  static node_settings narrow() {
    auto how = in_cluster();
    how.max_pending_broadcasts = 4;
    how.cluster.max_pending_bytes = 100'000;
    return how;
  }

  narrow_fixture() : link_traffic_fixture{narrow()} {}
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(link_bounds, narrow_fixture)

CAF_TEST(beyond its bound publications are lost and told as soon as there is room) {
  for (auto i = 0; i < 20; ++i) {
    forward("a", std::string(link_packet_size, 'x'));
    consume_messages();
  }
  for (const auto* each : {"b", "c", "b"})
    forward(each, "1");
  consume_messages();
  CAF_CHECK_EQUAL(lost(link_loss::full), 3u);
  CAF_CHECK_EQUAL(stats().lost, 3u);
  acknowledge();
  heard->erase(heard->begin(), heard->begin() + 20);
  CAF_CHECK_EQUAL(heard_text(), "gap:b2 gap:c1");
  CAF_CHECK(!is_down());
}

// -- packets from the other node, while there is no room

CAF_TEST(packets wait unacknowledged while too many broadcasts are pending) {
  const auto slow = slow_follower("a");
  say_next(publication("a", "1"), publication("a", "2"), publication("a", "3"), publication("a", "4"));
  CAF_CHECK_EQUAL(acknowledged(), 1u);
  CAF_CHECK(here.gate.full());
  forget();
  const auto handled = way->handled;
  for (const auto* each : {"5", "6"})
    say_next(publication("a", each));
  CAF_CHECK_EQUAL(acknowledged(), 0u);
  CAF_CHECK_EQUAL(way->handled, handled);
  CAF_CHECK_EQUAL(here.gate.pending(), 4u);
  slow->batches.clear();
  consume_messages();
  CAF_CHECK_EQUAL(acknowledged(), 3u);
  CAF_CHECK_EQUAL(way->handled, handled + 2);
  CAF_REQUIRE_EQUAL(slow->batches.size(), 1u);
  CAF_CHECK_EQUAL(slow->batches[0]->count, 2u);
}

CAF_TEST(what waits is handled as far as there is room) {
  const auto slow = slow_follower("a");
  for (auto i = 0; i < 4; ++i)
    say_next(publication("a", "1"), publication("a", "2"), publication("a", "3"), publication("a", "4"));
  CAF_CHECK_EQUAL(acknowledged(), 1u);
  for (std::uint64_t i = 2; i <= 4; ++i) {
    slow->batches.clear();
    consume_messages();
    CAF_CHECK_EQUAL(acknowledged(), i);
  }
}

CAF_TEST(what a packet that waits acknowledges does not wait) {
  const auto slow = slow_follower("a");
  say_next(publication("a", "1"), publication("a", "2"), publication("a", "3"), publication("a", "4"));
  for (auto i = 0; i < 17; ++i)
    forward("b", std::string(link_packet_size, 'x'));
  consume_messages();
  const auto before = last_number();
  say_next(publication("a", "5"), ack_record{before});
  CAF_CHECK_EQUAL(last_number(), before + 1);
  say(packet(0, ack_record{before + 1}));
  CAF_CHECK_EQUAL(here.cluster_counters.acknowledged.get(), 17u);
}

CAF_TEST(a node that sends on and on while its packets wait is closed) {
  const auto slow = slow_follower("a");
  say_next(publication("a", "1"), publication("a", "2"), publication("a", "3"), publication("a", "4"));
  for (auto i = 0; i < 64; ++i)
    say_next(publication("a", "5"));
  CAF_CHECK(!is_down());
  say_next(publication("a", "5"));
  CAF_CHECK(is_down());
}

CAF_TEST(a link that ends while packets wait forgets them) {
  const auto slow = slow_follower("a");
  say_next(publication("a", "1"), publication("a", "2"), publication("a", "3"), publication("a", "4"));
  say_next(publication("a", "5"));
  way->breaks("reset by peer");
  consume_messages();
  slow->batches.clear();
  consume_messages();
  CAF_CHECK(slow->batches.empty());
  CAF_CHECK_EQUAL(here.gate.pending(), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()
