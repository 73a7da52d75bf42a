#define CAF_SUITE monitor_session
// Questions of a program.
#include "tests/actors/monitor/monitor_session_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

using texts = std::vector<std::string>;

}  // namespace

CAF_TEST_FIXTURE_SCOPE(monitor_session_tests, monitor_session_fixture)

CAF_TEST(each message of the program is told to be handled) {
  text(who, "status");
  text(who, "nonsense", "{");
  CAF_CHECK_EQUAL(who.way->handled, 2u);
  // Messages of types that no monitor session understands.
  self->send(caf::actor_cast<caf::actor>(who.session), std::string{"alone"});
  self->send(caf::actor_cast<caf::actor>(who.session), std::string{"a"}, std::string{"b"}, std::string{"c"});
  consume_messages();
  CAF_CHECK_EQUAL(who.way->handled, 4u);
  CAF_CHECK(is_open(who));
}

CAF_TEST(a program may send instead of request) {
  self->send(who.session, std::string{"unwatch"}, std::string{});
  consume_messages();
  std::string answer;
  self->receive([&](const std::string& json) { answer = json; });
  CAF_CHECK_EQUAL(answer, R"({"watching":false})");
  caf::anon_send(who.session, std::string{"watch"}, std::string{});  // without a receiver for the feed
  consume_messages();
  CAF_CHECK(is_open(who));
  pass(1s);
  CAF_CHECK(is_open(who));
}

CAF_TEST(sixteen questions may be under way) {
  std::vector<std::string> answers;
  const auto one_more = [this] {
    return self->request(who.session, caf::infinite, std::string{"status"}, std::string{});
  };
  std::vector<decltype(one_more())> asked;
  for (std::size_t i = 0; i < monitor_session_state::max_under_way + 2; ++i)
    asked.push_back(one_more());
  while (sched.prioritize(who.session))
    sched.run_once();
  consume_messages();
  std::size_t busy = 0;
  for (auto& each : asked)
    each.receive(
        [&](const std::string& text) {
          const auto answer = json::parse(text);
          busy += answer.contains("error") && answer["error"]["code"] == "busy";
        },
        [](const caf::error&) { CAF_ERROR("no answer"); });
  CAF_CHECK_EQUAL(busy, 2u);
  CAF_CHECK(ask(who, "status").contains("node"));
}

CAF_TEST_FIXTURE_SCOPE_END()
