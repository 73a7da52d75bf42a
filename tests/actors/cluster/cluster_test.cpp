// Labels: hardened
#define CAF_SUITE cluster
// Dial targets of the cluster, and its knowledge of other nodes.
#include "actors/cluster/cluster.hpp"

#include <algorithm>

#include "tests/actors/cluster/cluster_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;
using code = texts;

// A node that dials two addresses for ever, and knows its own.
struct fixture : cluster_fixture {
  fixture() : cluster_fixture{{"b:7700", "192.0.2.5:7700", "c:7700"}} {}

  const member b = node_called("b", '7');
  const member c = node_called("c", '3');

  void hears(std::vector<member> of) {
    caf::anon_send(uut, members_heard{std::move(of)});
    consume_messages();
  }

  // True if `address` is dialled within `time`.
  bool is_dialled_within(const std::string& address, std::chrono::milliseconds time) {
    for (auto passed = 0ms; passed < time; passed += 10ms) {
      advance_time(10ms);
      consume_messages();
      if (dialled(address) != 0)
        return true;
    }
    return false;
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(cluster_dialling, fixture)

CAF_TEST(all addresses but its own are dialled at once) {
  CAF_CHECK_EQUAL(network->dialled.size(), 2u);
  CAF_CHECK_NOT_EQUAL(dialled("b:7700"), 0u);
  CAF_CHECK_NOT_EQUAL(dialled("c:7700"), 0u);
  CAF_CHECK(network->owner == uut);
}

CAF_TEST(an address that fails is dialled after a while that doubles up to 5 s and for ever) {
  auto attempt = dialled("b:7700");
  for (const auto longest : {100ms, 200ms, 400ms, 800ms, 1'600ms, 3'200ms, 5'000ms, 5'000ms, 5'000ms}) {
    fails(attempt);
    CAF_CHECK(!is_dialled_within("b:7700", longest / 2 - 10ms));
    for (auto passed = 0ms; passed <= longest / 2 + 10ms && (attempt = dialled("b:7700")) == 0; passed += 10ms) {
      advance_time(10ms);
      consume_messages();
    }
    CAF_CHECK_NOT_EQUAL(attempt, 0u);
  }
  CAF_CHECK_EQUAL(here.cluster_counters.failed_dials.get(), 9u);
}

CAF_TEST(an attempt that is under way is waited for) {
  CAF_CHECK_NOT_EQUAL(dialled("b:7700"), 0u);
  CAF_CHECK(!is_dialled_within("b:7700", 20'000ms));
}

CAF_TEST(an address that leads to this node is dialled again as another node may answer the next time) {
  const auto door = answer(dialled("b:7700"), here.settings.cluster.self);
  CAF_CHECK_EQUAL(door->refused, code{"self"});
  CAF_CHECK(is_dialled_within("b:7700", 110ms));
  fails(dialled("c:7700"), "self");
  CAF_CHECK(is_dialled_within("c:7700", 110ms));
}

CAF_TEST(beside a link an address that leads to this node is dialled every 30 s) {
  const auto peer = is_reached(dialled("c:7700"), c);
  CAF_CHECK_EQUAL(answer(dialled("b:7700"), here.settings.cluster.self)->refused, code{"self"});
  for (auto i = 0; i < 29; ++i) {
    pass(1'000ms, {peer});
    CAF_CHECK_EQUAL(dialled("b:7700"), 0u);
  }
  pass(1'100ms, {peer});
  CAF_CHECK_NOT_EQUAL(dialled("b:7700"), 0u);
}

CAF_TEST(a node that answers is linked once both have spoken) {
  const auto peer = connect(answer(dialled("b:7700"), b), true);
  CAF_CHECK(!is_linked("b"));
  say_beat(peer);
  CAF_CHECK(is_linked("b"));
  const auto facts = nodes().at(1);
  CAF_CHECK(facts.who == b);
  CAF_CHECK(facts.dialled_by_us);
  CAF_CHECK_EQUAL(here.cluster_counters.links_opened.get(), 1u);
  CAF_CHECK_EQUAL(here.cluster_counters.nodes.get(), 1u);
  CAF_CHECK_EQUAL(members_told(peer), (texts{"here", "b"}));
}

CAF_TEST(a node that is linked is not dialled) {
  const auto peer = is_reached(dialled("b:7700"), b);
  for (auto i = 0; i < 10; ++i) {
    pass(1'000ms, {peer});
    CAF_CHECK_EQUAL(dialled("b:7700"), 0u);
  }
}

CAF_TEST(a node whose connection never comes is dialled again) {
  const auto door = answer(dialled("b:7700"), b);
  CAF_REQUIRE_EQUAL(door->let_in.size(), 1u);
  caf::anon_send(door->let_in.front(), peer_connection_closed{"refused: duplicate"});
  consume_messages();
  CAF_CHECK(is_dialled_within("b:7700", 200ms));
  CAF_CHECK_EQUAL(here.cluster_counters.failed_dials.get(), 1u);
}

CAF_TEST(an attempt that fails late ends its link) {
  const auto attempt = dialled("b:7700");
  const auto door = answer(attempt, b);
  CAF_REQUIRE_EQUAL(door->let_in.size(), 1u);
  fails(attempt, "wrong_secret");
  CAF_CHECK(!is_alive(door->let_in.front()));
  CAF_CHECK(is_dialled_within("b:7700", 200ms));
}

CAF_TEST(an answer to an attempt that is over is refused) {
  const auto attempt = dialled("b:7700");
  fails(attempt);
  CAF_CHECK(answer(attempt, b)->refused == code{"stopping"});
}

CAF_TEST(a node that we dialled is dialled again when it is lost) {
  const auto peer = is_reached(dialled("b:7700"), b);
  breaks(peer);
  CAF_CHECK(!is_linked("b"));
  CAF_CHECK_EQUAL(names(node_state::lost), texts{"b"});
  CAF_CHECK_EQUAL(here.cluster_counters.nodes.get(), 0u);
  CAF_CHECK(is_dialled_within("b:7700", 200ms));
}

CAF_TEST(a node that dialled us is not dialled when it is lost) {
  auto stranger = node_called("d", '7');
  breaks(comes(stranger));
  CAF_CHECK_EQUAL(names(node_state::lost), texts{"d"});
  CAF_CHECK(!is_dialled_within("d:7700", 20'000ms));
}

CAF_TEST(a configured node that dialled us is dialled when it is lost) {
  const auto peer = comes(b);
  CAF_CHECK(answer(dialled("b:7700"), b)->refused == code{"duplicate"});
  for (auto i = 0; i < 10; ++i) {
    pass(1'000ms, {peer});
    CAF_CHECK_EQUAL(dialled("b:7700"), 0u);
  }
  breaks(peer);
  CAF_CHECK(is_dialled_within("b:7700", 200ms));
}

CAF_TEST(a node that has left is forgotten but its configured address dialled on) {
  const auto peer = is_reached(dialled("b:7700"), b);
  say(peer, link_fixture::packet(1, leave_record{"stopped"}));
  CAF_CHECK_EQUAL(nodes().size(), 1u);
  peer.way->breaks("closed");
  consume_messages();
  CAF_CHECK_EQUAL(nodes().size(), 1u);
  CAF_CHECK(is_dialled_within("b:7700", 200ms));
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(cluster_gossip, fixture)

CAF_TEST(a node that is heard of is dialled at once by the smaller uuid and later by the larger) {
  hears({node_called("larger", '9'), node_called("smaller", '1')});
  CAF_CHECK_NOT_EQUAL(dialled("larger:7700"), 0u);
  CAF_CHECK(!is_dialled_within("smaller:7700", 990ms));
  CAF_CHECK(is_dialled_within("smaller:7700", 20ms));
}

CAF_TEST(nobody dials itself or who is linked) {
  const auto peer = comes(node_called("d", '7'));
  hears({here.settings.cluster.self,
         peer.door->let_in.empty() ? b : node_called("d", '7'),
         {.uuid = std::string(32, '8'), .name = "e", .address = "", .started = 1}});
  CAF_CHECK(!is_dialled_within("192.0.2.5:7700", 100ms));
  CAF_CHECK(!is_dialled_within("d:7700", 2'000ms));
}

CAF_TEST(who is new is told to all) {
  const auto first = comes(node_called("d", '7'));
  members_told(first);
  const auto second = comes(node_called("e", '8'));
  CAF_CHECK_EQUAL(members_told(first), texts{"e"});
  auto known = members_told(second);
  std::ranges::sort(known);
  CAF_CHECK_EQUAL(known, (texts{"d", "e", "here"}));
  hears({node_called("f", '9')});
  CAF_CHECK_EQUAL(members_told(first), texts{"f"});
  CAF_CHECK_EQUAL(members_told(second), texts{"f"});
  hears({node_called("f", '9')});
  CAF_CHECK(members_told(first).empty());
}

CAF_TEST(all members are told again after a while) {
  const auto peer = comes(node_called("d", '7'));
  members_told(peer);
  pass(10'100ms, {peer});
  auto known = members_told(peer);
  std::ranges::sort(known);
  CAF_CHECK_EQUAL(known, (texts{"d", "here"}));
}

CAF_TEST(an address that nobody names any more is forgotten) {
  hears({node_called("d", '7')});
  fails(dialled("d:7700"));
  CAF_CHECK(is_dialled_within("d:7700", 200ms));
  for (auto passed = 0s; passed < 120s; passed += 1s) {
    pass(1'000ms);
    for (const auto& each : std::exchange(network->dialled, {}))
      fails(each.number);
  }
  CAF_CHECK(!is_dialled_within("d:7700", 10'000ms));
  CAF_CHECK(is_dialled_within("b:7700", 10'000ms));
}

CAF_TEST(a node that has left is not dialled though others still name it) {
  const auto d = node_called("d", '7');
  const auto peer = comes(d);
  say(peer, link_fixture::packet(1, leave_record{"stopped"}));
  peer.way->breaks("closed");
  hears({d});
  CAF_CHECK(!is_dialled_within("d:7700", 10'000ms));
}

CAF_TEST(a node that was lost is left to who dialled it for a while and then dialled) {
  const auto d = node_called("d", '7');
  breaks(comes(d));
  hears({d});
  CAF_CHECK(!is_dialled_within("d:7700", 25'000ms));
  pass(6'000ms);
  hears({d});
  CAF_CHECK(is_dialled_within("d:7700", 100ms));
}

CAF_TEST(not more addresses are remembered than there is room for) {
  std::vector<member> many;
  for (auto i = 0; i < 400; ++i)
    many.push_back({.uuid = std::string(28, '9') + std::to_string(1'000 + i),
                    .name = "n" + std::to_string(i),
                    .address = "n" + std::to_string(i) + ":1",
                    .started = 1});
  hears(many);
  CAF_CHECK_EQUAL(network->dialled.size(), dial_policy::max_targets - 1);  // one target is its own address
}

CAF_TEST(lost nodes are remembered for a day) {
  breaks(comes(node_called("d", '7')));
  CAF_CHECK_EQUAL(names(node_state::lost), texts{"d"});
  for (auto i = 0; i < 24 * 6 + 1; ++i) {
    advance_time(10min);
    consume_messages();
  }
  CAF_CHECK(names(node_state::lost).empty());
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(cluster_serving, fixture)

CAF_TEST(the node itself is the first of the list) {
  const auto all = nodes();
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_CHECK(all[0].who == here.settings.cluster.self);
  CAF_CHECK(all[0].state == node_state::self);
}

CAF_TEST(a remote disconnect that only this node got goes to all others) {
  const auto first = comes(node_called("d", '7'));
  const auto second = comes(node_called("e", '8'));
  ability::publish(*here.lanes.front(), remote_disconnect{"someone", true}, scope::here);
  consume_messages();
  const auto orders = [](const peer& to) {
    return std::ranges::count_if(*to.heard,
                                 [](const std::string& packet) { return packet.find("someone") != std::string::npos; });
  };
  CAF_CHECK_EQUAL(orders(first), 0);
  ability::publish(*here.lanes.front(), remote_disconnect{"someone", true}, scope::everywhere);
  consume_messages();
  CAF_CHECK_EQUAL(orders(first), 1);
  CAF_CHECK_EQUAL(orders(second), 1);
}

CAF_TEST(a subscribe does not wait for a node that is lost) {
  const auto peer = comes(node_called("d", '7'));
  const auto client = let_in("s1");
  says(client, command_type::subscribe, identifier_of("a"));
  consume_messages();
  CAF_CHECK(client.box->seen.empty());
  breaks(peer);
  CAF_CHECK_EQUAL(client.box->seen, texts{confirm_subscription(identifier_of("a"))});
}

CAF_TEST(a link whose actor fails is a node lost) {
  const auto peer = is_reached(dialled("b:7700"), b);
  caf::anon_send_exit(peer.link, caf::exit_reason::kill);
  consume_messages();
  CAF_CHECK_EQUAL(names(node_state::lost), texts{"b"});
  CAF_CHECK(is_dialled_within("b:7700", 200ms));
}

CAF_TEST(the numbers of a link are told) {
  const auto peer = comes(node_called("d", '7'));
  say(peer, link_fixture::packet(1, interest_record{"a", true}, interest_complete_record{},
                                 link_fixture::publication("b", "1")));
  ability::publish(*here.lanes.front(), std::vector<broadcast>{{.stream = "a", .data = "1", .data_is_json = true}},
                   scope::everywhere);
  pass(100ms, {peer});
  const auto facts = nodes().at(1);
  CAF_CHECK_EQUAL(facts.link.streams_followed, 1u);
  CAF_CHECK_EQUAL(facts.link.publications_received, 1u);
  CAF_CHECK_EQUAL(facts.link.publications_sent, 1u);
  CAF_CHECK_GREATER(facts.link.bytes_sent, 0u);
  CAF_CHECK_GREATER(facts.link.bytes_received, 0u);
  CAF_CHECK_EQUAL(facts.lost, 0u);
  breaks(peer);
  CAF_CHECK(nodes().at(1).lost == 1);
}

CAF_TEST(a node that leaves tells all and ends) {
  const auto peer = comes(node_called("d", '7'));
  const auto attempt = dialled("b:7700");
  caf::anon_send(uut, leave_cluster{"stopped"});
  consume_messages();
  CAF_CHECK(std::ranges::any_of(*peer.heard, [](const auto& each) { return each.find("stopped") != each.npos; }));
  CAF_CHECK(knock(node_called("e", '8'))->refused == code{"stopping"});
  CAF_CHECK(answer(attempt, b)->refused == code{"stopping"});
  pass(1'200ms, {peer});
  CAF_CHECK(peer.way->closed);
  CAF_CHECK(!is_alive(uut));
}

CAF_TEST(a node without links leaves at once) {
  caf::anon_send(uut, leave_cluster{"stopped"});
  consume_messages();
  CAF_CHECK(!is_alive(uut));
}

// The report of a link's end comes before the news that its actor is gone: the link is still listed then.
CAF_TEST(losses that a link reported at its end are told by the next link and not by itself) {
  const auto who = node_called("d", '7');
  const auto first = comes(who);
  lost_publications losses;
  losses.add("lost_stream", 2);
  caf::anon_send(uut, link_report{first.link.id(), who.uuid, {}, 2, losses});
  consume_messages();
  pass(200ms, {first});
  const auto is_told = [](const peer& to) {
    return std::ranges::any_of(*to.heard, [](const auto& each) { return each.find("lost_stream") != each.npos; });
  };
  CAF_CHECK(!is_told(first));
  caf::anon_send_exit(first.link, caf::exit_reason::kill);
  consume_messages();
  const auto second = comes(who);
  pass(200ms, {second});
  CAF_CHECK(is_told(second));
}

CAF_TEST(links end with their cluster) {
  const auto peer = comes(node_called("d", '7'));
  caf::anon_send_exit(uut, caf::exit_reason::user_shutdown);
  consume_messages();
  CAF_CHECK(peer.way->closed);
  CAF_CHECK(!is_alive(peer.link));
}

CAF_TEST_FIXTURE_SCOPE_END()
