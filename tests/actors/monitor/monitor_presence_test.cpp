#define CAF_SUITE monitor_presence
// The monitor's answers about the members of a stream.
#include "tests/actors/monitor/monitor_fixture.hpp"

using namespace ability;
using nlohmann::json;

namespace {

struct fixture : monitor_fixture {
  attached who = attach();

  void joins(const std::string& sid, const std::string& id, const std::string& info = {}) {
    presence_request said{.id = id, .info = info};
    const auto answer = actor_fixture::ask<presence_answer>(
        here.directory_of("room"), presence_call{presence_call::kind::join, "room", sid,
                                                 std::make_shared<const presence_request>(std::move(said))});
    CAF_CHECK(answer.refusal.empty());
  }

  json told(const json& more = json::object()) {
    json asked{{"name", "room"}};
    asked.update(more);
    return monitor_fixture::ask(who, "presence", asked.dump());
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(monitor_presence_tests, fixture)

CAF_TEST(members are told with their sessions) {
  joins("s1", "me", R"({"a":1})");
  joins("s2", "me", R"({"a":1})");
  joins("s3", "other");
  caf::anon_send(here.directory_of("room"), member_gone{"room", "s2"});
  consume_messages();
  CAF_CHECK_EQUAL(
      text(who, "presence", R"({"name":"room"})"),
      R"({"name":"room","total":2,"sessions":3,"members":[{"id":"me","sessions":2,"away":1,"info":{"a":1}},)"
      R"({"id":"other","sessions":1,"away":0}],"more":false})");
}

CAF_TEST(members beyond the limit are told of) {
  for (const auto* id : {"a", "b", "c"})
    joins(id, id);
  const auto some = told({{"limit", 2}});
  CAF_CHECK_EQUAL(some["members"].size(), 2u);
  CAF_CHECK(some["total"] == 3);
  CAF_CHECK(some["more"] == true);
  CAF_CHECK(told({{"limit", 3}})["more"] == false);
}

CAF_TEST(an answer is bounded in bytes) {
  for (auto i = 0; i < 40; ++i)
    joins("s" + std::to_string(i), std::to_string(1'000 + i), '"' + std::string(60'000, 'x') + '"');
  const auto some = told();
  CAF_CHECK_EQUAL(some["members"].size(), 14u);
  CAF_CHECK(some["total"] == 40);
  CAF_CHECK(some["more"] == true);
}

CAF_TEST(a stream without members has none) {
  const std::string nobody = R"({"name":"room","total":0,"sessions":0,"members":[],"more":false})";
  CAF_CHECK_EQUAL(text(who, "presence", R"({"name":"room"})"), nobody);
  follow(let_in("s1"), "room");
  CAF_CHECK_EQUAL(text(who, "presence", R"({"name":"room"})"), nobody);
  home.settings.presence.on = false;
  CAF_CHECK_EQUAL(failure(who, "presence", R"({"name":"room"})"), "not_allowed: presence is off on this node");
}

CAF_TEST_FIXTURE_SCOPE_END()
