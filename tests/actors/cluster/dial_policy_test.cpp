#define CAF_SUITE dial_policy
// Decisions on dials, as values.
#include <algorithm>

#include "actors/cluster/dial_policy.hpp"
// last
#include "tests/actors/cluster/membership_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

using kind = dial_order::kind;

// Configured are this node's own address, another one and a name.
struct fixture : membership_fixture {
  fixture() {
    members =
        membership{{.uuid = std::string(32, '5'), .name = "here", .address = "192.0.2.5:7700", .started = 1'000}, now};
    uut.begin(now);
    for (const auto& each : uut.take_orders())
      if (each.what == kind::dial)
        attempt = each.attempt;
      else
        first.push_back(each.where);
  }

  // The delay of the only order, which is to dial `address` later; none: there is no such order.
  std::chrono::milliseconds delay_of(const std::string& address) {
    const auto orders = uut.take_orders();
    const auto found = std::ranges::find(orders, address, &dial_order::where);
    return found != orders.end() && found->what == kind::dial_later ? found->delay : -1ms;
  }

  // Dials `address` and returns the attempt; 0: there is no order to do so.
  std::uint64_t dial(const std::string& address) {
    uut.dial(address, now);
    const auto orders = uut.take_orders();
    return orders.size() == 1 && orders.front().what == kind::dial ? orders.front().attempt : 0;
  }

  const std::string other = "192.0.2.7:7700";
  const member seven{.uuid = std::string(32, '7'), .name = "seven", .address = other, .started = 500};
  admission joins{members};
  random_source random{1};
  dial_policy uut{members, joins, {"192.0.2.5:7700", other, "nodes.example:7700"}, random};
  std::uint64_t attempt = 0;
  texts first;  // other orders of `begin`
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(dial_policy_tests, fixture)

CAF_TEST(the beginning is a dial of each address but the own and a look up of each name) {
  CAF_CHECK_EQUAL(attempt, 1u);
  CAF_CHECK_EQUAL(first, texts{"nodes.example:7700"});
}

CAF_TEST(an attempt under way is not repeated) { CAF_CHECK_EQUAL(dial(other), 0u); }

CAF_TEST(the pause after failures doubles up to five seconds) {
  for (const auto longest : {100ms, 200ms, 400ms, 800ms, 1'600ms, 3'200ms, 5'000ms, 5'000ms}) {
    CAF_CHECK(uut.failed(attempt, {"unreachable", "a sentence"}, now));
    const auto delay = delay_of(other);
    CAF_CHECK(delay >= longest / 2 && delay <= longest);
    attempt = dial(other);
    CAF_REQUIRE_NOT_EQUAL(attempt, 0u);
  }
}

CAF_TEST(an attempt fails once) {
  CAF_CHECK(uut.failed(attempt, {"unreachable", ""}, now));
  CAF_CHECK(!uut.failed(attempt, {"unreachable", ""}, now));
}

CAF_TEST(a linked node is not dialled) {
  CAF_REQUIRE(uut.answered(attempt, seven) != nullptr);
  uut.linked(up(seven, attempt));
  CAF_CHECK_EQUAL(dial(other), 0u);
  const auto gone = members.remove(link_to(seven), false, now);
  uut.link_ended(gone, "broken", false, now);
  CAF_CHECK(delay_of(other) >= 50ms);
}

CAF_TEST(an address that leads back is dialled soon if this node is alone and later if not ) {
  uut.led_back(*uut.answered(attempt, members.self()));
  CAF_CHECK(delay_of(other) <= 100ms);
  attempt = dial(other);
  up(node("c", '3'));
  uut.led_back(*uut.answered(attempt, members.self()));
  CAF_CHECK(delay_of(other) == dial_policy::dial_further);
}

CAF_TEST(an announced node is dialled at once by the smaller uuid and later by the larger) {
  CAF_CHECK_EQUAL(uut.learn({node("larger", '9'), node("smaller", '1')}, now).size(), 2u);
  const auto orders = uut.take_orders();
  CAF_REQUIRE_EQUAL(orders.size(), 2u);
  CAF_CHECK_EQUAL(orders[0].where, "larger:7700");
  CAF_CHECK(orders[0].delay == 0ms);
  CAF_CHECK(orders[1].delay == dial_policy::polite_wait);
  CAF_CHECK(uut.learn({node("larger", '9'), members.self()}, now).empty());
}

CAF_TEST(an announced address is forgotten when it is announced no more and a configured one is not ) {
  uut.learn({node("d", '9')}, now);
  uut.failed(dial("d:7700"), {"unreachable", ""}, now);
  uut.failed(attempt, {"unreachable", ""}, now);
  now += dial_policy::keep_heard + 1ms;
  uut.tick(now);
  uut.take_orders();
  CAF_CHECK_EQUAL(dial("d:7700"), 0u);
  CAF_CHECK_NOT_EQUAL(dial(other), 0u);
}

CAF_TEST(a name is looked up again and its addresses are dialled but for the own) {
  uut.resolved({"nodes.example:7700", {"192.0.2.8:7700", "192.0.2.5:7700"}, {}}, now);
  const auto orders = uut.take_orders();
  CAF_REQUIRE_EQUAL(orders.size(), 2u);
  CAF_CHECK(orders[0].what == kind::dial);
  CAF_CHECK_EQUAL(orders[0].where, "192.0.2.8:7700");
  CAF_CHECK(orders[1].what == kind::resolve_later);
  CAF_CHECK(orders[1].delay == 200ms);
  uut.look_up("nodes.example:7700");
  CAF_CHECK(uut.take_orders().front().what == kind::resolve);
  uut.look_up("nodes.example:7700");
  CAF_CHECK(uut.take_orders().empty());
}

CAF_TEST(all have joined once each address was tried each name resolved and each link has announced its members) {
  uut.failed(attempt, {"unreachable", ""}, now);
  CAF_CHECK(!uut.has_joined());
  uut.resolved({"nodes.example:7700", {}, "no such name"}, now);
  CAF_CHECK(uut.has_joined());
  up(seven);
  CAF_CHECK(!uut.has_joined());
  uut.learn({}, now);
  CAF_CHECK(uut.has_joined());
}

CAF_TEST(a refusal by an older node is a cause until a link is up) {
  CAF_CHECK(uut.refused_for() == refusal_cause::none);
  uut.refused(*uut.answered(attempt, seven), {"wrong_secret", "a sentence"}, now);
  CAF_CHECK(uut.refused_for() == refusal_cause::wrong_secret);
  uut.linked(up(seven));
  CAF_CHECK(uut.refused_for() == refusal_cause::none);
}

CAF_TEST(a cause lapses when the node that refused is not reached for a while) {
  const auto refuse = [&] { uut.refused(*uut.answered(attempt, seven), {"wrong_secret", "a sentence"}, now); };
  const auto fail = [&](unsigned times) {
    for (; times > 0; --times) {
      CAF_CHECK(uut.refused_for() == refusal_cause::wrong_secret);
      uut.take_orders();
      uut.failed(dial(other), {"unreachable", ""}, now);
    }
  };
  refuse();
  fail(dial_targets::cause_lapses_after - 1);
  uut.take_orders();
  attempt = dial(other);
  refuse();
  fail(dial_targets::cause_lapses_after);
  CAF_CHECK(uut.refused_for() == refusal_cause::none);
  uut.take_orders();
  attempt = dial(other);
  refuse();
  CAF_CHECK(uut.refused_for() == refusal_cause::wrong_secret);
}

CAF_TEST(a stopped policy asks for nothing) {
  uut.stop();
  uut.failed(attempt, {"unreachable", ""}, now);
  uut.resolved({"nodes.example:7700", {"192.0.2.8:7700"}, {}}, now);
  uut.look_up("nodes.example:7700");
  uut.dial(other, now);
  CAF_CHECK(uut.take_orders().empty());
}

CAF_TEST_FIXTURE_SCOPE_END()
