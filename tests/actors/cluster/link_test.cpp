#define CAF_SUITE link
// Life of a link from its beginning to its end.
#include "actors/cluster/link.hpp"

#include "tests/actors/cluster/link_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

CAF_TEST_FIXTURE_SCOPE(link_tests, link_fixture)

CAF_TEST(who has dialled speaks first) {
  caf::anon_send(uut, link_connected{way, remote});
  consume_messages();
  CAF_CHECK_EQUAL(heard_text(), "beat");
  CAF_CHECK(told->up.empty());
}

CAF_TEST(it is up once it has heard the other link) {
  caf::anon_send(uut, link_connected{way, remote});
  say_beat();
  CAF_REQUIRE_EQUAL(told->up.size(), 1u);
  CAF_CHECK(told->up[0].link == uut);
  CAF_CHECK(told->up[0].who == who);
  say_beat();
  CAF_CHECK_EQUAL(told->up.size(), 1u);
}

CAF_TEST(who was dialled answers the first packet of the other link) {
  begin(false);
  caf::anon_send(uut, link_connected{way, nullptr});
  consume_messages();
  CAF_CHECK(heard->empty());
  say_beat();
  CAF_CHECK_EQUAL(heard_text(), "beat");
  CAF_CHECK_EQUAL(told->up.size(), 1u);
}

CAF_TEST(a packet that is faster than the tunnel is handled in its turn) {
  begin(false);
  say_next(gap_record{"a", 2});
  CAF_CHECK(told->up.empty());
  CAF_CHECK_EQUAL(here.cluster_counters.gaps.get(), 0u);
  caf::anon_send(uut, link_connected{way, nullptr});
  consume_messages();
  CAF_CHECK_EQUAL(told->up.size(), 1u);
  CAF_CHECK_EQUAL(here.cluster_counters.gaps.get(), 2u);
  CAF_CHECK_EQUAL(acknowledged(), 1u);
  CAF_CHECK_EQUAL(way->handled, 1u);
}

CAF_TEST(packets of anybody else are not looked at) {
  come_up();
  const auto intruder = ends(sys.spawn(fake_remote, heard));
  caf::send_as(intruder, uut, packet(1, gap_record{"a", 2}));
  caf::anon_send(uut, packet(1, gap_record{"a", 2}));
  consume_messages();
  CAF_CHECK_EQUAL(here.cluster_counters.foreign_packets.get(), 2u);
  CAF_CHECK_EQUAL(here.cluster_counters.gaps.get(), 0u);
  CAF_CHECK_EQUAL(acknowledged(), 0u);
  CAF_CHECK(!is_down());
}

CAF_TEST(it beats while it has nothing else to say) {
  come_up();
  pass(2'000ms);
  const auto beats = heard->size();
  CAF_CHECK_GREATER_OR_EQUAL(beats, 3u);
  CAF_CHECK_LESS_OR_EQUAL(beats, 4u);
  forget();
  for (auto i = 0; i < 20; ++i) {
    forward("a", "1");
    pass(100ms);
  }
  CAF_CHECK_EQUAL(heard_text().find("beat"), std::string::npos);
}

CAF_TEST(it closes when the other node is silent for 3 s) {
  come_up();
  pass(2'900ms, false);
  CAF_CHECK(!is_down());
  pass(200ms, false);
  CAF_REQUIRE(is_down());
  CAF_CHECK_EQUAL(told->down[0].reason, "no word for 3 s");
  CAF_CHECK(!told->down[0].in_order);
  CAF_REQUIRE(way->closed);
  CAF_CHECK_EQUAL(*way->closed, "no word for 3 s");
}

CAF_TEST(it closes when the other node says nothing at all) {
  caf::anon_send(uut, link_connected{way, remote});
  consume_messages();
  pass(3'200ms, false);
  CAF_CHECK(told->up.empty());
  CAF_CHECK(is_down());
  CAF_CHECK(!is_alive(uut));
}

CAF_TEST(a node that was held up itself does not take the other one for dead) {
  come_up();
  advance_time(10'000ms);
  consume_messages();
  CAF_CHECK(!is_down());
  pass(2'000ms, false);
  CAF_CHECK(!is_down());
  pass(1'200ms, false);
  CAF_CHECK(is_down());
}

CAF_TEST(it ends when the connection ends) {
  come_up();
  way->breaks("reset by peer");
  consume_messages();
  CAF_REQUIRE(is_down());
  CAF_CHECK_EQUAL(told->down[0].reason, "reset by peer");
  CAF_CHECK(told->down[0].link == uut);
  CAF_CHECK(told->down[0].who == who);
}

CAF_TEST(it ends when the other link ends) {
  come_up();
  caf::anon_send_exit(remote, caf::exit_reason::kill);
  consume_messages();
  CAF_CHECK(is_down());
  CAF_CHECK(way->closed);
}

CAF_TEST(it ends although the tunnel does not say that the connection has) {
  come_up();
  way->deaf = true;
  caf::anon_send_exit(remote, caf::exit_reason::kill);
  consume_messages();
  CAF_CHECK(!is_down());
  pass(1'200ms, false);
  CAF_CHECK(is_down());
}

CAF_TEST(a connection that never comes ends it) {
  caf::anon_send(uut, peer_connection_closed{"refused: name_taken"});
  consume_messages();
  CAF_REQUIRE(is_down());
  CAF_CHECK_EQUAL(told->down[0].reason, "refused: name_taken");
  CAF_CHECK(!is_alive(uut));
}

CAF_TEST(it lives until the directories have nothing more for it) {
  come_up();
  way->breaks("reset by peer");
  consume_messages();
  CAF_CHECK(is_alive(uut));
  forward("a", "1");
  consume_messages();
  CAF_CHECK_EQUAL(lost(link_loss::broken), 1u);
  for (const auto& each : here.lanes)
    caf::anon_send(each->directory, link_closed{uut, "there", false});
  consume_messages();
  CAF_CHECK(!is_alive(uut));
}

CAF_TEST(it does not live for ever if a directory is silent) {
  come_up();
  way->breaks("reset by peer");
  consume_messages();
  pass(5'200ms, false);
  CAF_CHECK(!is_alive(uut));
}

CAF_TEST(an actor that fails closes the connection and counts what is lost) {
  come_up();
  forward("a", "1");
  consume_messages();
  caf::anon_send_exit(uut, caf::exit_reason::kill);
  consume_messages();
  CAF_CHECK(way->closed);
  CAF_CHECK_EQUAL(lost(link_loss::broken), 1u);
}

// -- leaving

CAF_TEST(it leaves once the other node has all that was sent) {
  come_up();
  forward("a", "1");
  caf::anon_send(uut, leave_cluster{"stopped"});
  consume_messages();
  CAF_CHECK(!way->closed);
  const auto last = last_number();
  CAF_CHECK_EQUAL(heard_text(), "a=1 leave:stopped");
  say(packet(0, ack_record{last}));
  CAF_CHECK(way->closed);
  CAF_REQUIRE(is_down());
  CAF_CHECK(!told->down[0].in_order);  // the other node has not left
  CAF_CHECK_EQUAL(lost(link_loss::broken), 0u);
}

CAF_TEST(it leaves after a second if the other node does not acknowledge) {
  come_up();
  forward("a", "1");
  caf::anon_send(uut, leave_cluster{"stopped"});
  consume_messages();
  pass(900ms);
  CAF_CHECK(!way->closed);
  pass(300ms);
  CAF_CHECK(way->closed);
  CAF_CHECK_EQUAL(lost(link_loss::broken), 1u);
}

CAF_TEST(what is published behind its leaving is lost and counted) {
  come_up();
  caf::anon_send(uut, leave_cluster{"stopped"});
  forward("a", "1");
  consume_messages();
  CAF_CHECK_EQUAL(heard_text(), "leave:stopped");
  CAF_CHECK_EQUAL(lost(link_loss::broken), 1u);
  CAF_CHECK_EQUAL(here.cluster_counters.forwarded.get(), 1u);
}

CAF_TEST(the cluster knows at once that the other node leaves) {
  come_up();
  forward("a", "1");
  consume_messages();
  say_next(leave_record{"stopped"});
  CAF_CHECK_EQUAL(acknowledged(), 1u);
  CAF_REQUIRE(is_down());
  CAF_CHECK(told->down[0].in_order);
  CAF_CHECK_EQUAL(told->down[0].reason, "stopped");
  CAF_CHECK(!way->closed);  // the other node closes it
  way->breaks("closed by peer");
  consume_messages();
  CAF_CHECK_EQUAL(told->down.size(), 1u);
  CAF_CHECK_EQUAL(lost(link_loss::node_left), 1u);
  CAF_CHECK(told->stats.unreported.empty());
}

CAF_TEST(a node that leaves and does not close is closed) {
  come_up();
  say_next(leave_record{"stopped"});
  pass(1'200ms, false);
  CAF_CHECK(way->closed);
}

CAF_TEST(two nodes that leave at once part quickly) {
  come_up();
  caf::anon_send(uut, leave_cluster{"stopped"});
  consume_messages();
  const auto last = last_number();
  say_next(leave_record{"stopped, too"});
  CAF_CHECK(told->down.size() == 1 && told->down[0].in_order);
  CAF_CHECK(!way->closed);
  say(packet(0, ack_record{last}));
  CAF_CHECK(way->closed);
}

CAF_TEST(a link that is not wanted ends without a word) {
  come_up();
  caf::anon_send(uut, leave_cluster{"there is a newer link", true});
  consume_messages();
  CAF_CHECK_EQUAL(heard_text(), "");
  CAF_CHECK(way->closed);
  CAF_CHECK(is_down());
}

CAF_TEST(a link that is not wanted before it is connected closes the connection when it comes) {
  caf::anon_send(uut, leave_cluster{"there is a newer link", true});
  consume_messages();
  CAF_CHECK(!is_down());
  pass(2'000ms, false);
  caf::anon_send(uut, link_connected{way, remote});
  consume_messages();
  CAF_CHECK(way->closed);
  CAF_CHECK(is_down());
  CAF_CHECK(told->up.empty());
  CAF_CHECK(!is_alive(uut));
}

CAF_TEST_FIXTURE_SCOPE_END()
