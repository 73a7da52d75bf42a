#define CAF_SUITE link_traffic
// What goes through a link.
#include <algorithm>
#include <array>

#include "tests/actors/fake_actors.hpp"

#include "tests/actors/link_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;

struct fixture : link_fixture {
  explicit fixture(node_settings how = in_cluster()) : link_fixture{how} { come_up(); }

  // Acknowledges all packets that came.
  void acknowledge() { say(packet(0, ack_record{last_number()})); }

  void publish_everywhere(const std::string& stream, std::string_view json) {
    ability::publish(*here.lanes.front(),
                     std::vector<broadcast>{{.stream = stream, .data = std::string{json}, .data_is_json = true}},
                     reach::everywhere);
    consume_messages();
  }

  // A follower of `stream` that takes its time: what it was told is pending until it is forgotten.
  std::shared_ptr<connection_record> slow_follower(const std::string& stream) {
    auto record = std::make_shared<connection_record>();
    caf::anon_send(here.directory_of(stream),
                   subscribe{stream, "i", encoding::action_cable_json, ends(sys.spawn(fake_connection, record))});
    consume_messages();
    return record;
  }
};

struct narrow_fixture : fixture {
  static node_settings narrow() {
    auto how = in_cluster();
    how.max_pending_broadcasts = 4;
    how.cluster.max_pending_bytes = 100'000;
    return how;
  }

  narrow_fixture() : fixture{narrow()} {}
};

}  // namespace

// -- to the other node

CAF_TEST_FIXTURE_SCOPE(link_sends, fixture)

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
  CAF_CHECK_GREATER(ledger->present.bytes_waiting, 4 * link_packet_size);
  say(packet(0, ack_record{2}));
  CAF_CHECK_EQUAL(last_number(), 18u);
  say(packet(0, ack_record{18}));
  CAF_CHECK_EQUAL(last_number(), 20u);
  CAF_CHECK_EQUAL(ledger->present.bytes_waiting, 0u);
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
  pass(220ms);
  CAF_CHECK_EQUAL(client.box->seen, texts{confirm_subscription(identifier_of("a"))});
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
  way->breaks("reset by peer");  // before it was acknowledged
  consume_messages();
  come_again();
  acknowledge();
  CAF_CHECK_EQUAL(heard_text(), "beat|gap:a2 gap:b1");
  way->breaks("reset by peer");
  consume_messages();
  come_again();
  CAF_CHECK_EQUAL(heard_text(), "beat");
  CAF_CHECK_EQUAL(ledger->lost, 3u);
}

CAF_TEST_FIXTURE_SCOPE_END()

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
  CAF_CHECK_EQUAL(ledger->lost, 3u);
  acknowledge();
  heard->erase(heard->begin(), heard->begin() + 20);
  CAF_CHECK_EQUAL(heard_text(), "gap:b2 gap:c1");
  CAF_CHECK(!is_down());
}

// -- from the other node, while there is no room

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

// -- from the other node

CAF_TEST_FIXTURE_SCOPE(link_receives, fixture)

CAF_TEST(publications reach who follows their streams in order) {
  const auto first = let_in("s1");
  const auto second = let_in("s2");
  follow(first, "a");
  follow(second, "b");
  follow(second, "c");
  say_next(publication("a", "1"), publication("b", "2"), publication("a", "3"), publication("c", "4"));
  say_next(publication("a", "5"));
  CAF_CHECK_EQUAL(first.box->seen, (texts{message_of("a", "1"), message_of("a", "3"), message_of("a", "5")}));
  CAF_CHECK_EQUAL(second.box->seen.size(), 2u);
  CAF_CHECK_EQUAL(here.cluster_counters.received.get(), 5u);
  CAF_CHECK_EQUAL(ledger->present.publications_received, 5u);
  CAF_CHECK_EQUAL(here.gate.pending(), 0u);
}

CAF_TEST(publications of another node are not sent on) {
  publish_everywhere("b", "1");
  caf::anon_send(here.directory_of("a"), link_opened{uut});
  consume_messages();
  forget();
  say_next(publication("a", "1"));
  CAF_CHECK_EQUAL(heard_text(), "");
}

CAF_TEST(what excludes a client excludes it) {
  const auto client = let_in("s1");
  follow(client, "a");
  auto excluding = publication("a", "1");
  excluding.exclude_socket = "s1";
  say_next(excluding, publication("a", "2"));
  CAF_CHECK_EQUAL(client.box->seen, texts{message_of("a", "2")});
}

CAF_TEST(a packet is acknowledged in a packet that is sent anyway) {
  caf::anon_send(uut, forward_broadcasts{
                          {std::make_shared<accepted_broadcast>(broadcast{.stream = "a", .data = "1"}, here.gate)}});
  caf::send_as(remote, uut, packet(1, gap_record{"a", 1}));
  consume_messages();
  CAF_CHECK_EQUAL(acknowledged(), 1u);
  CAF_CHECK_EQUAL(heard->size(), 1u);
}

CAF_TEST(packets are acknowledged together but not many at once) {
  for (std::uint64_t i = 1; i <= 10; ++i)
    caf::send_as(remote, uut, packet(i, gap_record{"a", 1}));
  consume_messages();
  CAF_CHECK_EQUAL(acknowledged(), 10u);
  CAF_CHECK_EQUAL(heard->size(), 3u);  // after 4, after 8, and when there was no more
}

CAF_TEST(every packet is told to the tunnel) {
  const auto before = way->handled;
  say_next(gap_record{"a", 1});
  say_beat();
  const auto intruder = ends(sys.spawn(fake_remote, heard));
  caf::send_as(intruder, uut, packet(1, gap_record{"a", 2}));
  consume_messages();
  CAF_CHECK_EQUAL(way->handled, before + 3);
}

CAF_TEST(directories are told what is followed there) {
  say_next(interest_record{"a", true}, interest_record{"b", true}, interest_record{"b", false},
           interest_record{"c", true}, interest_complete_record{});
  CAF_CHECK_EQUAL(ledger->present.streams_followed, 2u);
  for (const auto* each : {"a", "b", "c", "d"})
    publish_everywhere(each, "1");
  CAF_CHECK_EQUAL(heard_text(), "a=1|c=1");
}

CAF_TEST(an order to disconnect reaches clients on all lanes) {
  const auto first = let_in("s1", 0);
  const auto second = let_in("s2", 1);
  say_next(disconnect_record{R"({"sid":"s1"})", false}, disconnect_record{R"({"sid":"s2"})", true});
  CAF_REQUIRE(first.box->closed && second.box->closed);
  CAF_CHECK_EQUAL(first.box->closed->text, disconnect_message("remote", false));
  CAF_CHECK_EQUAL(second.box->closed->text, disconnect_message("remote", true));
  CAF_CHECK_EQUAL(here.cluster_counters.commands_received.get(), 2u);
}

CAF_TEST(members are told to the cluster) {
  const auto json = encode_members({who});
  say_next(members_record{json});
  CAF_CHECK(told->members == std::vector{who});
}

CAF_TEST(what comes before a gap is handed on before it) {
  const auto client = let_in("s1");
  follow(client, "a");
  caf::send_as(remote, uut, packet(1, publication("a", "1"), gap_record{"a", 2}, publication("a", "2")));
  const auto& directory = here.directory_of("a");
  expect((std::string), from(remote).to(uut));
  expect((broadcasts), from(_).to(directory));
  expect((gap_opened), from(_).to(directory));
  expect((broadcasts), from(_).to(directory));
}

CAF_TEST(records of later versions are skipped) {
  auto bytes = packet(1);
  bytes += std::string("\x7f\0\0\0\2xy", 7);
  append_record(bytes, gap_record{"a", 3});
  say(bytes);
  CAF_CHECK_EQUAL(here.cluster_counters.gaps.get(), 3u);
  CAF_CHECK(!is_down());
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(link_malformed, fixture)

CAF_TEST(what is no packet closes the link) {
  const auto cut = [](std::string bytes) { return bytes.substr(0, bytes.size() - 1); };
  const texts bad{"",
                  "1234567",
                  cut(packet(1, gap_record{"a", 1})),
                  packet(1) + "\1",
                  packet(2, gap_record{"a", 1}),
                  packet(1, ack_record{1'000}),
                  packet(1, members_record{"{}"}),
                  packet(1, publication("", "1"))};
  std::uint64_t count = 0;
  for (const auto& each : bad) {
    begin(true);
    come_up();
    told->down.clear();
    say(each);
    CAF_REQUIRE_EQUAL(told->down.size(), 1u);
    CAF_CHECK(told->down[0].reason.starts_with("malformed packet: "));
    CAF_CHECK_EQUAL(here.cluster_counters.malformed_packets.get(), ++count);
    CAF_CHECK(!told->down[0].in_order);
  }
}

CAF_TEST(a number that comes twice closes the link) {
  say_next(gap_record{"a", 1});
  say(packet(1, gap_record{"a", 1}));
  CAF_CHECK(is_down());
  CAF_CHECK_EQUAL(here.cluster_counters.gaps.get(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
