// Labels: hardened
#define CAF_SUITE app_watch
#include "actors/app/app_watch.hpp"

#include <chrono>

#include "actors/node/log.hpp"
#include "tests/actors/support/app_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> lines;

void keep(log_level, std::string_view message, std::initializer_list<log_field> fields) {
  std::string line{message};
  for (const auto& [key, value] : fields)
    line.append(" ").append(key).append("=").append(value);
  lines.push_back(std::move(line));
}

using state = dependency_counters::state;
using flags = std::vector<bool>;

struct fixture : app_fixture {
  fixture() { consume_messages(); }

  dependency_counters& reach = here.app_counters.reach;
  app_watch_actor uut = ends(spawn_app_watch(*here.lanes.front(), transport));

  void pass(std::chrono::milliseconds time) {
    advance_time(time);
    consume_messages();
  }

  void probe_ends(probe_outcome outcome) {
    CAF_REQUIRE(transport->probe_done != nullptr);
    std::exchange(transport->probe_done, nullptr)(std::move(outcome));
    consume_messages();
  }

  std::vector<std::uint64_t> counts() const { return {reach.losses.get(), reach.reconnects.get()}; }
};

using numbers = std::vector<std::uint64_t>;

}  // namespace

CAF_TEST_FIXTURE_SCOPE(app_watch_tests, fixture)

CAF_TEST(the application is looked for at once and nothing is known until then) {
  CAF_CHECK(reach.now_in() == state::unknown);
  CAF_CHECK_EQUAL(transport->probes, flags{false});
  probe_ends(reachability::up);
  CAF_CHECK(reach.is_up());
  CAF_CHECK_EQUAL(counts(), (numbers{0, 0}));
}

CAF_TEST(where and why it is not reached is logged once) {
  lines.clear();
  set_log(keep, log_level::info);
  for (auto i = 0; i < 3; ++i) {
    probe_ends({reachability::away, "app:9292", "refused"});
    pass(1s);
  }
  set_log(nullptr, log_level::info);
  CAF_CHECK_EQUAL(lines, std::vector<std::string>{"application not reached address=app:9292 reason=refused"});
}

CAF_TEST(one that is away at first was not lost) {
  probe_ends(reachability::away);
  CAF_CHECK(reach.now_in() == state::away);
  pass(1s);
  probe_ends(reachability::up);
  CAF_CHECK_EQUAL(counts(), (numbers{0, 0}));
}

CAF_TEST(each loss and each return is counted once) {
  probe_ends(reachability::up);
  for (std::uint64_t times = 1; times < 4; ++times) {
    pass(1s);
    probe_ends(reachability::away);
    pass(1s);
    probe_ends(reachability::away);
    CAF_CHECK_EQUAL(counts(), (numbers{times, times - 1}));
    pass(1s);
    probe_ends(reachability::up);
    CAF_CHECK_EQUAL(counts(), (numbers{times, times}));
  }
}

CAF_TEST(a probe that does not know changes nothing) {
  probe_ends(reachability::up);
  pass(1s);
  probe_ends(reachability::unknown);
  CAF_CHECK(reach.is_up());
}

CAF_TEST(there is one probe at a time) {
  pass(1s);
  pass(1s);
  CAF_CHECK_EQUAL(transport->probes.size(), 1u);
  probe_ends(reachability::up);
  pass(1s);
  CAF_CHECK_EQUAL(transport->probes.size(), 2u);
}

CAF_TEST(an application that has answered since the last look is not probed) {
  probe_ends(reachability::away);
  here.app_counters.answers.add();
  pass(1s);
  CAF_CHECK(reach.is_up());
  CAF_CHECK_EQUAL(transport->probes.size(), 1u);
}

CAF_TEST(after a call without an answer a connection that seems to be there is not trusted) {
  probe_ends(reachability::up);
  here.app_counters.answers.add();
  here.app_counters.failures.add();
  pass(1s);
  CAF_CHECK_EQUAL(transport->probes, (flags{false, true}));
  probe_ends(reachability::away);
  CAF_CHECK(!reach.is_up());
}

CAF_TEST_FIXTURE_SCOPE_END()
