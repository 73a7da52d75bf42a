#define CAF_SUITE link_sending
// Packets that a link sends to the other node.
#include "tests/actors/cluster/link_traffic_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;

}  // namespace

CAF_TEST_FIXTURE_SCOPE(link_sends, link_traffic_fixture)

CAF_TEST(what waits together leaves together and in order) {
  for (const auto* each : {"1", "2", "3"})
    forward("a", each);
  consume_messages();
  CAF_CHECK_EQUAL(heard_text(), "a=1 a=2 a=3");
  forward("a", "4");
  consume_messages();
  CAF_CHECK_EQUAL(heard_text(), "a=4");
  CAF_CHECK_EQUAL(here.cluster_counters.forwarded.get(), 4u);
  CAF_CHECK_EQUAL(here.gate.pending(), 0u);
}

CAF_TEST(no more than 16 packets are under way) {
  for (auto i = 0; i < 20; ++i)
    forward("a", std::string(link_packet_size, 'x'));
  consume_messages();
  CAF_CHECK_EQUAL(heard->size(), 16u);
  CAF_CHECK_EQUAL(last_number(), 16u);
  CAF_CHECK_EQUAL(here.gate.pending(), 0u);
  CAF_CHECK_GREATER(stats().present.bytes_waiting, 4 * link_packet_size);
  say(packet(0, ack_record{2}));
  CAF_CHECK_EQUAL(last_number(), 18u);
  say(packet(0, ack_record{18}));
  CAF_CHECK_EQUAL(last_number(), 20u);
  CAF_CHECK_EQUAL(stats().present.bytes_waiting, 0u);
}

CAF_TEST(what gathers while the window is closed leaves together) {
  for (auto i = 0; i < 16; ++i)
    forward("a", std::string(link_packet_size, 'x'));
  for (const auto* each : {"1", "2"}) {
    forward("b", each);
    consume_messages();
  }
  acknowledge();
  CAF_REQUIRE_EQUAL(heard->size(), 17u);
  heard->erase(heard->begin(), heard->begin() + 16);
  CAF_CHECK_EQUAL(heard_text(), "b=1 b=2");
}

CAF_TEST(orders and members are passed on) {
  caf::anon_send(uut, forward_disconnect{{"someone", true}});
  caf::anon_send(uut, members_heard{{who}});
  consume_messages();
  CAF_CHECK_EQUAL(heard_text(), "disconnect:someone members");
}

CAF_TEST(an order that the other node is not told is counted) {
  const auto& lost = here.cluster_counters.commands_lost;
  caf::anon_send(uut, forward_disconnect{{std::string(2'000'000, 'x'), true}});
  consume_messages();
  CAF_CHECK_EQUAL(lost.get(), 1u);
  CAF_CHECK(heard->empty());
  caf::anon_send(uut, forward_disconnect{{"someone", true}});
  consume_messages();
  CAF_CHECK_EQUAL(heard_text(), "disconnect:someone");
  way->breaks("reset by peer");
  consume_messages();
  CAF_CHECK_EQUAL(lost.get(), 2u);
  caf::anon_send(uut, forward_disconnect{{"someone", true}});
  consume_messages();
  CAF_CHECK_EQUAL(lost.get(), 3u);
}

CAF_TEST(interest is told in order and completed once all directories have told theirs) {
  const auto name = [](const char* text) { return std::make_shared<const std::string>(text); };
  const auto& first = here.lanes[0]->directory;
  const auto& second = here.lanes[1]->directory;
  caf::anon_send(uut, interest_news{first, {name("a"), name("b")}, true, true});
  consume_messages();
  caf::anon_send(uut, interest_news{second, {name("c")}, true, false});
  caf::anon_send(uut, interest_news{second, {name("c")}, false, false});
  caf::anon_send(uut, interest_news{second, {}, true, true});
  consume_messages();
  CAF_CHECK_EQUAL(heard_text(), "+a +b|+c -c complete");
}

CAF_TEST(a subscribe is confirmed once the other node has acknowledged the interest) {
  for (const auto& each : here.lanes)
    caf::anon_send(each->directory, link_opened{uut});
  consume_messages();
  acknowledge();
  const auto client = let_in("s1");
  says(client, command_type::subscribe, identifier_of("a"));
  consume_messages();
  CAF_CHECK(client.box->seen.empty());
  acknowledge();
  CAF_CHECK_EQUAL(client.box->seen, texts{confirm_subscription(identifier_of("a"))});
}

CAF_TEST(a subscribe is confirmed after a second if the other node does not acknowledge) {
  for (const auto& each : here.lanes)
    caf::anon_send(each->directory, link_opened{uut});
  consume_messages();
  acknowledge();
  const auto client = let_in("s1");
  says(client, command_type::subscribe, identifier_of("a"));
  consume_messages();
  pass(800ms);
  CAF_CHECK(client.box->seen.empty());
  CAF_CHECK_EQUAL(here.cluster_counters.overdue_interest.get(), 0u);
  pass(220ms);
  CAF_CHECK_EQUAL(client.box->seen, texts{confirm_subscription(identifier_of("a"))});
  CAF_CHECK_EQUAL(here.cluster_counters.overdue_interest.get(), 1u);
}

CAF_TEST(what earlier links have lost is told by the next one) {
  for (const auto* each : {"1", "2"})
    forward("a", each);
  consume_messages();
  way->breaks("reset by peer");
  forward("b", "1");
  consume_messages();
  CAF_CHECK_EQUAL(lost(link_loss::broken), 3u);
  const auto come_again = [this] {
    forget();
    begin(true);
    caf::anon_send(uut, link_connected{way, remote});
    say_beat();
  };
  come_again();
  CAF_CHECK_EQUAL(heard_text(), "beat|gap:a2 gap:b1");
  way->breaks("reset by peer");  // before the packet was acknowledged
  consume_messages();
  come_again();
  acknowledge();
  CAF_CHECK_EQUAL(heard_text(), "beat|gap:a2 gap:b1");
  way->breaks("reset by peer");
  consume_messages();
  come_again();
  CAF_CHECK_EQUAL(heard_text(), "beat");
  CAF_CHECK_EQUAL(stats().lost, 3u);
}

CAF_TEST_FIXTURE_SCOPE_END()
