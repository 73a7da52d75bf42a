#define CAF_SUITE link_receiving
// Packets that a link receives from the other node.
#include "tests/actors/cluster/link_traffic_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;

}  // namespace

CAF_TEST_FIXTURE_SCOPE(link_receives, link_traffic_fixture)

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
  CAF_CHECK_EQUAL(stats().present.publications_received, 5u);
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
  caf::anon_send(uut, forward_broadcasts{{std::make_shared<accepted_broadcast>(broadcast{.stream = "a", .data = "1"},
                                                                               here.gate, here.now())}});
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
  CAF_CHECK_EQUAL(heard->size(), 3u);  // after 4, after 8, and when no more came
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
  CAF_CHECK_EQUAL(stats().present.streams_followed, 2u);
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

CAF_TEST_FIXTURE_SCOPE(link_malformed, link_traffic_fixture)

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
