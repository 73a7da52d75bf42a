#define CAF_SUITE connection_rate
// Clients that exceed their message rate.
#include <chrono>

#include "actors/connection/connection.hpp"

#include "tests/actors/support/actor_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;

struct hasty_fixture : actor_fixture {
  hasty_fixture()
      : actor_fixture{1, {.public_access = true, .streams = {.public_streams = true}, .max_commands_per_second = 2}} {}
};

struct steady_fixture : actor_fixture {
  steady_fixture() : actor_fixture{1, {.public_access = true, .max_commands_per_second = 200}} {}
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(connection_hasty, hasty_fixture)

CAF_TEST(what comes too fast is dropped and told) {
  const auto who = let_in("s1");
  for (auto i = 0; i < 3; ++i)
    says(who, command_type::ping);
  says(who, command_type::subscribe, identifier_of("a"));
  says(who, command_type::whisper, identifier_of("a"), "1");
  consume_messages();
  CAF_CHECK_EQUAL(who.box->seen, (texts{pong_message(), pong_message(), error_message("too_many_commands"),
                                        reject_subscription(identifier_of("a")), error_message("too_many_commands")}));
  CAF_CHECK_EQUAL(who.box->commands_done, 5u);
  CAF_CHECK_EQUAL(sum(&lane_counters::rate_limited_commands), 3u);
  CAF_CHECK_EQUAL(sum(&lane_counters::failed_client_messages), 3u);
  CAF_CHECK_EQUAL(sum(&lane_counters::streams_opened), 0u);
}

CAF_TEST(a pong costs nothing) {
  const auto who = let_in("s1");
  for (auto i = 0; i < 10; ++i)
    says(who, command_type::pong);
  says(who, command_type::ping);
  says(who, command_type::ping);
  consume_messages();
  CAF_CHECK_EQUAL(who.box->seen, (texts{pong_message(), pong_message()}));
}

CAF_TEST(one client that is too fast slows no other) {
  const auto who = let_in("s1");
  const auto other = let_in("s2");
  for (auto i = 0; i < 5; ++i)
    says(who, command_type::ping);
  says(other, command_type::ping);
  consume_messages();
  CAF_CHECK_EQUAL(other.box->seen, texts{pong_message()});
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(connection_steady_rate, steady_fixture)

CAF_TEST(commands are taken again after a while) {
  const auto who = let_in("s1");
  const auto is_refused = [&] {
    says(who, command_type::ping);
    consume_messages();
    return who.box->seen.back() != pong_message();
  };
  std::size_t taken = 0;
  while (!is_refused())
    ++taken;
  CAF_CHECK_EQUAL(taken, 200u);
  CAF_CHECK(is_alive(who.actor));
  advance_time(4ms);
  CAF_CHECK(is_refused());
  advance_time(1ms);
  CAF_CHECK(!is_refused());
  CAF_CHECK(is_refused());
}

CAF_TEST_FIXTURE_SCOPE_END()
