// Labels: hardened
#define CAF_SUITE cluster_refusals
// Readiness of a node that the others refuse.
#include "tests/actors/cluster/cluster_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> lines;

void keep(log_level level, std::string_view message, std::initializer_list<log_field> fields) {
  std::string line{name_of(level)};
  line.append(" ").append(message);
  for (const auto& [key, value] : fields)
    line.append(" ").append(key).append("=").append(value);
  lines.push_back(std::move(line));
}

// This node started at 1'000.
struct fixture : cluster_fixture {
  fixture() : cluster_fixture{{"192.0.2.7:7700", "192.0.2.8:7700"}} {}
  ~fixture() override {
    set_log(nullptr, log_level::info);
    lines.clear();
  }

  static member at(char digit, std::uint64_t started) {
    return {
        .uuid = std::string(32, digit), .name = std::string(1, digit), .address = address(digit), .started = started};
  }
  static member namesake(char digit, std::uint64_t started) {
    auto who = at(digit, started);
    who.name = in_cluster().cluster.self.name;
    return who;
  }
  static std::string address(char digit) { return std::string{"192.0.2."} + digit + ":7700"; }

  // The other node answers the dial, and then refuses this one.
  void refuses(const member& who, const std::string& code) {
    const auto door = answer(attempt_to(who.address), who);
    CAF_REQUIRE_EQUAL(door->let_in.size(), 1u);
    caf::anon_send(door->let_in.front(), peer_connection_closed{code + ": a sentence"});
    consume_messages();
  }

  std::uint64_t attempt_to(const std::string& where) {
    for (auto i = 0; i < 600; ++i) {
      if (const auto number = dialled(where); number != 0)
        return number;
      pass(50ms);
    }
    return 0;
  }

  refusal_cause cause() const { return here.refused_for; }

  static std::size_t count(std::string_view part) {
    return static_cast<std::size_t>(
        std::ranges::count_if(lines, [&](const auto& each) { return each.find(part) != std::string::npos; }));
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(cluster_refusals_tests, fixture)

CAF_TEST(a node that an older one refuses for cause is not ready) {
  CAF_CHECK(cause() == refusal_cause::none);
  refuses(at('7', 999), "wrong_secret");
  CAF_CHECK(cause() == refusal_cause::wrong_secret);
  fails(attempt_to(address('7')), "wrong_version");
  CAF_CHECK(cause() == refusal_cause::wrong_version);
}

CAF_TEST(a node that is let in at last is ready) {
  refuses(at('7', 999), "wrong_secret");
  is_reached(attempt_to(address('7')), at('7', 999));
  CAF_CHECK(cause() == refusal_cause::none);
}

CAF_TEST(what may pass is no cause) {
  for (const auto* code : {"unreachable", "stopping", "duplicate", "malformed", "self"}) {
    fails(attempt_to(address('7')), code);
    CAF_CHECK(cause() == refusal_cause::none);
    fails(attempt_to(address('8')), "unreachable");
  }
}

CAF_TEST(a node that is gone has not taken back what it said) {
  refuses(at('7', 999), "wrong_secret");
  fails(attempt_to(address('7')), "unreachable");
  CAF_CHECK(cause() == refusal_cause::wrong_secret);
}

CAF_TEST(one newer node does not put an older one out of service but two do) {
  refuses(at('7', 1'001), "wrong_secret");
  CAF_CHECK(cause() == refusal_cause::none);
  refuses(at('8', 1'001), "wrong_secret");
  CAF_CHECK(cause() == refusal_cause::wrong_secret);
}

CAF_TEST(of nodes with one name all but the one that started first are not ready) {
  for (const auto digit : {'7', '8'}) {
    const auto door = answer(attempt_to(address(digit)), namesake(digit, 1'001));
    CAF_REQUIRE(door->refused == std::vector<std::string>{"name_taken"});
    CAF_CHECK(cause() == refusal_cause::none);
  }
  // Others have admitted another node of that name; its start time does not matter.
  refuses(at('7', 1'001), "name_taken");
  refuses(at('8', 1'001), "name_taken");
  CAF_CHECK(cause() == refusal_cause::name_taken);
  answer(attempt_to(address('7')), namesake('7', 1'001));
  CAF_CHECK(cause() == refusal_cause::none);
  answer(attempt_to(address('8')), namesake('8', 999));
  CAF_CHECK(cause() == refusal_cause::name_taken);
}

CAF_TEST(of nodes with one name the next is ready once the first is gone) {
  answer(attempt_to(address('7')), namesake('7', 999));
  answer(attempt_to(address('8')), namesake('8', 1'001));
  CAF_CHECK(cause() == refusal_cause::name_taken);
  for (auto left = dial_targets::cause_lapses_after; left > 0; --left) {
    CAF_CHECK(cause() == refusal_cause::name_taken);
    fails(attempt_to(address('7')), "unreachable");
  }
  CAF_CHECK(cause() == refusal_cause::none);
}

CAF_TEST(without a greeting who was not there at first is the newer) {
  fails(attempt_to(address('7')), "unreachable");
  fails(attempt_to(address('7')), "tls_failed");
  CAF_CHECK(cause() == refusal_cause::none);
  fails(attempt_to(address('8')), "tls_required");
  CAF_CHECK(cause() == refusal_cause::certificates);
}

CAF_TEST(a node that was linked stays ready) {
  const auto peer = is_reached(attempt_to(address('8')), at('8', 10));
  refuses(at('7', 10), "wrong_secret");
  CAF_CHECK(cause() == refusal_cause::none);
  breaks(peer);
  fails(attempt_to(address('8')), "tls_failed");
  CAF_CHECK(cause() == refusal_cause::none);
}

CAF_TEST(how nodes find together is told and is no warning) {
  set_log(keep, log_level::info);
  fails(attempt_to(address('8')), "duplicate");
  auto who = at('7', 999);
  who.uuid = std::string(32, '3');  // the smaller uuid, whose own link stays
  const auto door = answer(attempt_to(who.address), who);
  knock(who);
  CAF_REQUIRE_EQUAL(door->let_in.size(), 1u);
  caf::anon_send(door->let_in.front(), peer_connection_closed{"closed"});
  consume_messages();
  CAF_CHECK_EQUAL(count("info node not reached, retrying address=192.0.2.8:7700 reason=duplicate: "), 1u);
  CAF_CHECK_EQUAL(count("info node not reached, retrying address=192.0.2.7:7700 reason=there is a newer link"), 1u);
  fails(attempt_to(address('8')), "unreachable");
  CAF_CHECK_EQUAL(count("warn "), 1u);
  CAF_CHECK_EQUAL(count("warn node not reached, retrying address=192.0.2.8:7700 reason=unreachable"), 1u);
}

CAF_TEST(many refused nodes are some lines a second and each is counted) {
  set_log(keep, log_level::info);
  for (int i = 0; i < 100; ++i)
    CAF_CHECK(knock(node_called(in_cluster().cluster.self.name, '7'))->refused.size() == 1);
  CAF_CHECK_EQUAL(count("warn node refused "), refusal_log::lines_per_second);
  CAF_CHECK_EQUAL(here.cluster_counters.refused_nodes.get(), 100u);
}

CAF_TEST(a refusal for cause is said every minute) {
  set_log(keep, log_level::info);
  for (auto seconds = 0; seconds < 200; seconds += 5) {
    fails(attempt_to(address('7')), "wrong_secret");
    if (const auto number = dialled(address('8')); number != 0)
      fails(number, "unreachable");
    pass(5'000ms);
  }
  CAF_CHECK_EQUAL(count("error refused by the cluster, so not ready cause=wrong_secret"), 1u);
  const auto said =
      count("warn refused for cause, retrying address=192.0.2.7:7700 reason=wrong_secret: a sentence serves=no");
  CAF_MESSAGE("said " << said << " times");
  CAF_CHECK(said >= 3 && said <= 8);
  CAF_CHECK_EQUAL(count("address=192.0.2.8:7700"), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
