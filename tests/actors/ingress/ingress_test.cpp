#define CAF_SUITE ingress
#include "actors/ingress/ingress.hpp"
#include "actors/broadcast/messages.hpp"

#include <algorithm>
#include <set>

#include "tests/actors/support/actor_fixture.hpp"

using namespace ability;

namespace {

using texts = std::vector<std::string>;

struct fixture : actor_fixture {
  fixture()
      : actor_fixture{3, {.public_access = true, .streams = {.public_streams = true}, .max_pending_broadcasts = 4}} {}

  void publish_text(std::string_view body) {
    auto what = decode_publication(body);
    CAF_REQUIRE(what);
    ability::publish(*here.lanes.front(), std::move(*what), scope::here);
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(ingress_tests, fixture)

CAF_TEST(a stream has one directory and the streams share all) {
  std::set<caf::actor_id> used;
  for (auto i = 0; i < 100; ++i) {
    const auto name = "stream " + std::to_string(i);
    const auto& directory = here.directory_of(name);
    used.insert(directory->id());
    CAF_CHECK(directory == here.directory_of(std::string{name}));
  }
  CAF_CHECK_EQUAL(used.size(), 3u);
}

CAF_TEST(a subscriber is reached on whatever lane its stream lives) {
  for (auto i = 0; i < 9; ++i) {
    const auto name = "stream " + std::to_string(i);
    const auto who = let_in("s" + std::to_string(i), static_cast<std::size_t>(i % 3));
    follow(who, name);
    publish(name, "1");
    consume_messages();
    CAF_CHECK_EQUAL(who.box->seen, texts{message_of(name, "1")});
  }
  for (const auto& home : here.lanes)
    CAF_CHECK_GREATER(home->counters.broadcasts.get(), 0u);
}

CAF_TEST(the broadcasts of a publication arrive in their order) {
  const auto who = let_in("s1");
  follow(who, "a");
  follow(who, "b");
  publish_text(R"([{"stream":"a","data":"1"},{"stream":"b","data":"2"},{"stream":"a","data":"3"},)"
               R"({"stream":"b","data":"4"},{"stream":"a","data":"5"}])");
  consume_messages();
  const auto of = [&](std::string_view stream) {
    texts found;
    std::ranges::copy_if(who.box->seen, std::back_inserter(found), [&](const std::string& text) {
      return text.find(R"(\"stream_name\":\")" + std::string{stream} + R"(\")") != std::string::npos;
    });
    return found;
  };
  CAF_CHECK_EQUAL(of("a"), (texts{message_of("a", "1"), message_of("a", "3"), message_of("a", "5")}));
  CAF_CHECK_EQUAL(of("b"), (texts{message_of("b", "2"), message_of("b", "4")}));
}

CAF_TEST(what is published together reaches a stream together) {
  const auto who = let_in("s1");
  follow(who, "a");
  publish_text(R"([{"stream":"a","data":"1"},{"stream":"b","data":"2"},{"stream":"a","data":"3"}])");
  expect((broadcasts), from(_).to(here.directory_of("a")));
  CAF_CHECK(!sched.prioritize(here.directory_of("a")));  // no second message
  consume_messages();
  CAF_CHECK_EQUAL(who.box->seen, (texts{message_of("a", "1"), message_of("a", "3")}));
  CAF_CHECK_EQUAL(who.box->pushed.size(), 1u);
  CAF_CHECK_EQUAL(sum(&lane_counters::broadcasts), 3u);
  CAF_CHECK_EQUAL(sum(&lane_counters::unheard_broadcasts), 1u);
}

CAF_TEST(a publication is taken as a whole even beyond the bound) {
  const auto who = let_in("s1");
  follow(who, "a");
  publish_text(R"([{"stream":"a","data":"1"},{"stream":"a","data":"2"},{"stream":"a","data":"3"}])");
  CAF_CHECK(!here.gate.full());
  publish_text(R"([{"stream":"a","data":"4"},{"stream":"a","data":"5"}])");
  CAF_CHECK(here.gate.full());
  CAF_CHECK_EQUAL(here.gate.pending(), 5u);
  consume_messages();
  CAF_CHECK_EQUAL(who.box->seen.size(), 5u);
  who.box->forget();
  CAF_CHECK_EQUAL(here.gate.pending(), 0u);
}

CAF_TEST(a remote disconnect reaches every lane) {
  const std::vector<client> all{let_in("s", 0), let_in("s", 1), let_in("s", 2)};
  publish_text(R"({"command":"disconnect","payload":{"identifier":"{\"sid\":\"s\"}","reconnect":false}})");
  CAF_CHECK_EQUAL(here.gate.pending(), 0u);
  consume_messages();
  for (const auto& who : all)
    CAF_CHECK(!is_alive(who.actor));
  CAF_CHECK_EQUAL(sum(&lane_counters::remote_commands), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
