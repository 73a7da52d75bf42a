#define CAF_SUITE link_window
#include "tests/actors/cluster/link_window_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

using fixture = link_window_fixture;

}  // namespace

CAF_TEST_FIXTURE_SCOPE(link_window_tests, fixture)

CAF_TEST(records that are gathered leave as one packet when asked for) {
  publish("a");
  publish("b");
  CAF_CHECK(send(false).empty());
  const auto sent = send(true);
  CAF_REQUIRE_EQUAL(sent.size(), 1u);
  CAF_CHECK_EQUAL(sent[0].number, 1u);
  CAF_CHECK_EQUAL(sent[0].publications, (names{"a", "b"}));
  CAF_CHECK(send(true).empty());
}

CAF_TEST(a packet that is full leaves by itself) {
  for (auto i = 0; i < 33; ++i)
    publish("a");
  const auto sent = send(false);
  CAF_REQUIRE_EQUAL(sent.size(), 1u);
  CAF_CHECK_EQUAL(sent[0].publications.size(), 33u);
  CAF_CHECK(!uut.has_some());
}

CAF_TEST(no more packets leave than the window allows until some are acknowledged) {
  CAF_CHECK_EQUAL(fill(16), 16u);
  CAF_CHECK_EQUAL(fill(2), 0u);
  CAF_CHECK(uut.acknowledge(1, now));
  const auto next = send(true);
  CAF_REQUIRE_EQUAL(next.size(), 1u);
  CAF_CHECK_EQUAL(next[0].number, 17u);
  CAF_CHECK(uut.acknowledge(17, now));
  CAF_CHECK_EQUAL(send(true).size(), 1u);
  CAF_CHECK(uut.acknowledge(18, now));
  CAF_CHECK(uut.idle());
  CAF_CHECK_EQUAL(counters.acknowledged.get(), 18u);
}

CAF_TEST(what was never sent cannot be acknowledged) {
  CAF_CHECK(uut.acknowledge(0, now));
  CAF_CHECK(!uut.acknowledge(1, now));
  fill(2);
  CAF_CHECK(!uut.acknowledge(3, now));
  CAF_CHECK(uut.acknowledge(2, now));
  CAF_CHECK(uut.acknowledge(1, now));
}

CAF_TEST(the way to the other node and back is measured) {
  publish("a");
  send(true);
  CAF_CHECK(uut.acknowledge(1, now + 3ms));
  CAF_CHECK(stats.present.round_trip == 3ms);
}

CAF_TEST(beyond its bound publications are lost and the other node is told once half of it is free) {
  fill(16);
  fill(4);  // exceeds 100,000 bytes
  publish("a");
  publish("b");
  publish("a");
  CAF_CHECK_EQUAL(lost(link_loss::full), 3u);
  CAF_CHECK_EQUAL(stats.lost, 3u);
  CAF_CHECK(uut.acknowledge(2, now));
  send(true);  // two packets wait
  publish("c");
  CAF_CHECK_EQUAL(lost(link_loss::full), 4u);
  CAF_CHECK(uut.acknowledge(3, now));
  send(true);
  publish("d");
  CAF_CHECK_EQUAL(lost(link_loss::full), 4u);
  CAF_CHECK(uut.acknowledge(20 - 1, now));
  const auto rest = send(true);
  CAF_REQUIRE_EQUAL(rest.size(), 2u);
  CAF_CHECK_EQUAL(rest[1].lost, (gaps{{"a", 2}, {"b", 1}, {"c", 1}}));
  CAF_CHECK_EQUAL(rest[1].publications, names{"d"});
  CAF_CHECK(unreported().empty());
}

CAF_TEST(records other than publications are never lost) {
  fill(20);
  for (auto i = 0; i < 1'000; ++i)
    uut.add_control(disconnect_record{"someone", true});
  CAF_CHECK(send(true).empty());
  CAF_CHECK(uut.acknowledge(16, now));
  CAF_CHECK_EQUAL(send(true).size(), 5u);  // four packets of publications, and one of all disconnects
  CAF_CHECK_EQUAL(lost(link_loss::full), 0u);
}

CAF_TEST(what waits is told in bytes) {
  fill(16);
  CAF_CHECK_EQUAL(stats.present.bytes_waiting, 0u);
  fill(1);
  CAF_CHECK_GREATER(stats.present.bytes_waiting, link_packet_size);
  CAF_CHECK(uut.acknowledge(1, now));
  send(false);
  CAF_CHECK_EQUAL(stats.present.bytes_waiting, 0u);
  CAF_CHECK_EQUAL(stats.present.publications_sent, 17u);
}

CAF_TEST(a publication that is too large for a packet is lost alone) {
  publish("a");
  publish("large", 200'000);
  publish("b");
  CAF_CHECK_EQUAL(lost(link_loss::too_large), 1u);
  const auto sent = send(true);
  CAF_REQUIRE_EQUAL(sent.size(), 1u);
  CAF_CHECK_EQUAL(sent[0].publications, (names{"a", "b"}));
  CAF_CHECK_EQUAL(sent[0].lost, (gaps{{"large", 1}}));
}

CAF_TEST(a large publication does not take a packet beyond the largest size) {
  publish("a");
  publish("large", 199'500);
  const auto sent = send(true);
  CAF_REQUIRE_EQUAL(sent.size(), 2u);
  CAF_CHECK_EQUAL(sent[0].publications, names{"a"});
  CAF_CHECK_EQUAL(sent[1].publications, names{"large"});
}

CAF_TEST(interest settles when its packet is acknowledged) {
  const auto name = [](const char* text) { return std::make_shared<const std::string>(text); };
  uut.add_followed(directory_actor{}, {name("a"), name("b")}, now);
  send(true);
  uut.add_followed(directory_actor{}, {name("c")}, now);
  send(true);
  CAF_CHECK(uut.take_settled(time_point::min()).empty());
  uut.acknowledge(1, now);
  auto settled = uut.take_settled(time_point::min());
  CAF_REQUIRE_EQUAL(settled.size(), 1u);
  CAF_REQUIRE_EQUAL(settled[0].streams.size(), 2u);
  CAF_CHECK_EQUAL(*settled[0].streams[1], "b");
  CAF_CHECK(!settled[0].overdue);
  uut.acknowledge(2, now);
  settled = uut.take_settled(time_point::min());
  CAF_REQUIRE_EQUAL(settled.size(), 1u);
  CAF_CHECK_EQUAL(*settled[0].streams[0], "c");
  CAF_CHECK(uut.take_settled(time_point::min()).empty());
}

CAF_TEST(interest that is overdue settles though it still waits) {
  fill(16);
  uut.add_followed(directory_actor{}, {std::make_shared<const std::string>("a")}, now);
  uut.add_followed(directory_actor{}, {std::make_shared<const std::string>("b")}, now + 1s);
  CAF_CHECK(uut.take_settled(now).empty());
  const auto settled = uut.take_settled(now + 1ms);
  CAF_REQUIRE_EQUAL(settled.size(), 1u);
  CAF_CHECK_EQUAL(*settled[0].streams[0], "a");
  CAF_CHECK(settled[0].overdue);
}

CAF_TEST(what was not acknowledged is lost at the end and remembered by stream) {
  publish("a");
  publish("acknowledged");
  send(true);
  uut.acknowledge(1, now);
  publish("a");
  publish("b");
  send(true);
  fill(15);
  publish("c");
  publish("a");
  uut.lose_all(link_loss::broken);
  CAF_CHECK_EQUAL(lost(link_loss::broken), 19u);
  CAF_CHECK_EQUAL(unreported(), (gaps{{"a", 2}, {"b", 1}, {"c", 1}, {"filler", 15}}));
  CAF_CHECK_EQUAL(counters.forwarded.get(), counters.acknowledged.get() + all_lost());
  CAF_CHECK(uut.idle());
}

CAF_TEST(gaps that were told in vain are remembered) {
  stats.unreported.add("a", 3);
  stats.unreported.add("", 4);
  uut.report_losses();
  const auto sent = send(true);
  CAF_REQUIRE_EQUAL(sent.size(), 1u);
  CAF_CHECK_EQUAL(sent[0].lost, (gaps{{"", 4}, {"a", 3}}));
  uut.lose_all(link_loss::broken);
  CAF_CHECK_EQUAL(all_lost(), 0u);
  CAF_CHECK_EQUAL(unreported(), (gaps{{"", 4}, {"a", 3}}));
}

CAF_TEST(nothing is remembered for a node that has left) {
  publish("a");
  uut.refuse(broadcast{.stream = "b", .data = "1"}, link_loss::node_left);
  uut.lose_all(link_loss::node_left);
  CAF_CHECK_EQUAL(lost(link_loss::node_left), 2u);
  CAF_CHECK(unreported().empty());
  CAF_CHECK_EQUAL(counters.forwarded.get(), 2u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(names of streams with losses are bounded in number) {
  lost_publications uut;
  for (std::size_t i = 0; i < lost_publications::max_streams + 5; ++i)
    uut.add("stream " + std::to_string(i), 2);
  uut.add("stream 0", 1);
  std::size_t streams = 0;
  std::uint64_t first = 0;
  std::uint64_t unknown = 0;
  uut.take([&](std::string_view stream, std::uint64_t count) {
    ++streams;
    if (stream == "stream 0")
      first = count;
    if (stream.empty())
      unknown = count;
  });
  CAF_CHECK_EQUAL(streams, lost_publications::max_streams + 1);
  CAF_CHECK_EQUAL(first, 3u);
  CAF_CHECK_EQUAL(unknown, 10u);
  CAF_CHECK(uut.empty());
}

CAF_TEST(names of streams with losses are bounded in bytes) {
  lost_publications uut;
  for (std::size_t i = 0; i < 20; ++i)
    uut.add(std::string(100'000, 'x') + std::to_string(i), 1);
  std::size_t named = 0;
  std::uint64_t unknown = 0;
  uut.take([&](std::string_view stream, std::uint64_t count) { (stream.empty() ? unknown : named) += count; });
  CAF_CHECK_EQUAL(named, 10u);
  CAF_CHECK_EQUAL(unknown, 10u);
}
