// Labels: hardened
#define CAF_SUITE refusal_log
#include "actors/node/refusal_log.hpp"

#include <memory>

#include "actors/node/log.hpp"
#include "actors/node/totals.hpp"
#include "tests/actors/support/hand_lane.hpp"

#include "tests/actors/support/actor_fixture.hpp"

using namespace ability;

namespace {

using texts = std::vector<std::string>;

texts lines;

void keep(log_level, std::string_view message, std::initializer_list<log_field> fields) {
  std::string line{message};
  for (const auto& [key, value] : fields)
    line.append(" ").append(key).append("=").append(value);
  lines.push_back(std::move(line));
}

// A lane whose clock the test moves.
class timed_lane final : public lane {
public:
  using lane::lane;

  std::vector<std::function<void()>> due;

  void after(std::chrono::milliseconds, std::function<void()> then) override { due.push_back(std::move(then)); }

protected:
  void wake() override {}
  void flush() override {}
};

struct fixture : actor_fixture {
  fixture() { lines.clear(); }
  ~fixture() override { set_log(nullptr, log_level::info); }

  timed_lane thread{sys};
  std::unique_ptr<lane_home> home = std::make_unique<lane_home>(here, &thread);

  void refuse(refusal_reason why, int times = 1) {
    for (int i = 0; i < times; ++i)
      note_refusal(*home, why, "10.0.0.1", "for a test");
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(refusal_log_tests, fixture)

CAF_TEST(a line names the peer and the reason) {
  set_log(keep, log_level::warn);
  refuse(refusal_reason::client_origin);
  refuse(refusal_reason::token_expired);
  CAF_CHECK_EQUAL(lines, (texts{"client refused peer=10.0.0.1 reason=origin detail=for a test",
                                "token refused peer=10.0.0.1 reason=expired detail=for a test"}));
}

CAF_TEST(each reason is counted whether or not there is a line) {
  set_log(keep, log_level::error);
  refuse(refusal_reason::publication_key, 1'000);
  refuse(refusal_reason::publication_busy, 3);
  here.lanes.push_back(std::move(home));
  CAF_CHECK_EQUAL(refusals_of(here, static_cast<std::size_t>(refusal_reason::publication_key)), 1'000u);
  CAF_CHECK_EQUAL(refusals_of(here, static_cast<std::size_t>(refusal_reason::publication_busy)), 3u);
  CAF_CHECK_EQUAL(lines, texts{});
  here.lanes.pop_back();
}

CAF_TEST(beyond some lines a second what is left out is told as a number) {
  set_log(keep, log_level::warn);
  refuse(refusal_reason::client_token, 40'000);
  CAF_CHECK_EQUAL(lines.size(), refusal_log::lines_per_second);
  CAF_REQUIRE_EQUAL(thread.due.size(), 1u);
  thread.due.front()();
  CAF_CHECK_EQUAL(lines.back(), "client refused, lines left out count=39990");
}

CAF_TEST(orders about presence have room of their own) {
  set_log(keep, log_level::warn);
  for (unsigned i = 0; i < refusal_log::lines_per_second; ++i)
    CAF_CHECK(home->refusals.wants_presence(here.now()));
  CAF_CHECK(!home->refusals.wants_presence(here.now()));
  CAF_REQUIRE_EQUAL(thread.due.size(), 1u);
  thread.due.front()();
  CAF_CHECK_EQUAL(lines.back(), "presence refused, lines left out count=1");
  refuse(refusal_reason::client_token);
  CAF_CHECK_EQUAL(lines.size(), 2u);
}

CAF_TEST(clients and tokens and publications leave each other room) {
  set_log(keep, log_level::warn);
  refuse(refusal_reason::client_token, 100);
  refuse(refusal_reason::token_expired, 1);
  refuse(refusal_reason::publication_key, 1);
  CAF_CHECK_EQUAL(lines.size(), refusal_log::lines_per_second + 2);
}

CAF_TEST(what is left out at the end is told) {
  set_log(keep, log_level::warn);
  refuse(refusal_reason::client_origin, 15);
  home.reset();
  CAF_CHECK_EQUAL(lines.back(), "client refused, lines left out count=5");
}

CAF_TEST_FIXTURE_SCOPE_END()
