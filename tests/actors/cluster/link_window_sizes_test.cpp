#define CAF_SUITE link_window_sizes
#include "tests/actors/cluster/link_window_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

using fixture = link_window_fixture;

}  // namespace

CAF_TEST_FIXTURE_SCOPE(link_window_sizes_tests, fixture)

CAF_TEST(no packet is larger than the largest size whatever meets in it) {
  std::uint64_t sizes = 0;
  const auto send_all = [&] {
    while (auto packet = uut.take(true)) {
      sizes += packet->size() > 200'000 ? 1 : 0;
      const auto found = read(*packet);
      CAF_REQUIRE_EQUAL(found.number, taken + 1);
      uut.sent(caf::make_message(std::move(*packet)), now);
      uut.acknowledge(++taken, now);
    }
  };
  std::uint64_t published = 0;
  for (std::size_t size = 200'000 - 80; size < 200'000 + 80; ++size) {
    publish("a");
    publish("l", size);
    uut.add_control(disconnect_record{"someone", true});
    published += 2;
    send_all();
    // The same with a record before it that is no publication.
    uut.add_control(disconnect_record{"someone", true});
    publish("l", size);
    ++published;
    send_all();
  }
  CAF_CHECK_EQUAL(sizes, 0u);
  CAF_CHECK_EQUAL(counters.acknowledged.get() + lost(link_loss::too_large), published);
  CAF_CHECK_GREATER(lost(link_loss::too_large), 100u);
  CAF_CHECK_GREATER(counters.acknowledged.get(), 200u);
  CAF_CHECK(uut.idle());
}

CAF_TEST(a record that is no publication has a packet of its own if it is large) {
  const std::string large(199'980, 'x');
  uut.add_control(disconnect_record{"someone", true});
  CAF_CHECK(uut.add_control(disconnect_record{large, true}));
  uut.add_control(disconnect_record{"someone else", true});
  std::vector<std::size_t> sizes;
  while (auto packet = uut.take(true)) {
    sizes.push_back(packet->size());
    read(*packet);
    uut.sent(caf::make_message(std::move(*packet)), now);
  }
  CAF_REQUIRE_EQUAL(sizes.size(), 3u);
  CAF_CHECK_LESS(sizes[0], 100u);
  CAF_CHECK_GREATER(sizes[1], 199'980u);
  CAF_CHECK_LESS_OR_EQUAL(sizes[1], 200'000u);
}

CAF_TEST(a record that is too large is not sent and leaves no trace) {
  const std::string large(200'000, 'x');
  CAF_CHECK(!uut.add_control(disconnect_record{large, true}));
  CAF_CHECK(uut.idle());
  publish("a");
  CAF_CHECK(!uut.add_control(disconnect_record{large, true}));
  publish("b");
  const auto sent = send(true);
  CAF_REQUIRE_EQUAL(sent.size(), 1u);
  CAF_CHECK_EQUAL(sent[0].number, 1u);
  CAF_CHECK_EQUAL(sent[0].publications, (names{"a", "b"}));
}

CAF_TEST(a name that is too large for a packet settles and is not told) {
  const auto name = [](std::string text) { return std::make_shared<const std::string>(std::move(text)); };
  const std::string large(200'000, 'x');
  uut.add_followed(directory_actor{}, {name(large)}, now);
  CAF_CHECK_EQUAL(uut.take_settled(time_point::min()).size(), 1u);
  uut.add_followed(directory_actor{}, {name("a"), name(large), name("b")}, now);
  CAF_CHECK(uut.take_settled(time_point::min()).empty());
  const auto sent = send(true);
  CAF_REQUIRE_EQUAL(sent.size(), 1u);
  CAF_CHECK_EQUAL(sent[0].followed, (names{"a", "b"}));
  uut.acknowledge(1, now);
  const auto settled = uut.take_settled(time_point::min());
  CAF_REQUIRE_EQUAL(settled.size(), 1u);
  CAF_CHECK_EQUAL(settled[0].streams.size(), 3u);
}

CAF_TEST(a gap of a name that is too large is told without the name) {
  stats.unreported.add("a", 1);
  stats.unreported.add(std::string(200'000, 'x'), 2);
  uut.report_losses();
  const auto sent = send(true);
  CAF_REQUIRE_EQUAL(sent.size(), 1u);
  CAF_CHECK_EQUAL(sent[0].lost, (gaps{{"a", 1}, {"", 2}}));
}

CAF_TEST(who takes nothing for long while more than can be lost waits is stuck) {
  const std::string order(150'000, 'x');
  fill(16);
  std::size_t bytes = 0;
  while (bytes <= 100'000 + link_sender::max_other_bytes) {
    CAF_CHECK(!uut.is_stuck(now + 1h));
    uut.add_control(disconnect_record{order, true});
    bytes += order.size();
  }
  CAF_CHECK(!uut.is_stuck(now + link_sender::stuck_after));
  CAF_CHECK(uut.is_stuck(now + link_sender::stuck_after + 1ms));
  uut.acknowledge(16, now);
  CAF_CHECK(!uut.is_stuck(now + 1h));
}

CAF_TEST_FIXTURE_SCOPE_END()
