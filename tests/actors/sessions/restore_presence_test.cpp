// Labels: hardened
#define CAF_SUITE restore_presence
// Members of streams whose sessions come back.
#include "actors/connection/resumption.hpp"

#include "tests/actors/sessions/sessions_fixture.hpp"

using namespace ability;

namespace {

const std::string a = identifier_of("a");

std::string told(const std::string& identifier, std::string_view json) { return presence_message(identifier, json); }

constexpr std::string_view my_join = R"({"type":"join","info":1,"id":"me"})";
constexpr std::string_view my_leave = R"({"type":"leave","id":"me"})";

struct fixture : restore_fixture {
  client watcher() {
    const auto who = enters("w1", {.extended = false});
    follow(who, "a");
    return who;
  }

  // A client that the application has made a member of `a`.
  client member(const std::string& sid) {
    const auto who = enters(sid);
    auto reply = confirms(chat, {"a"});
    reply.presence = {.type = "join", .id = "me", .info = "1"};
    subscribes(who, chat, reply);
    return who;
  }

  // The actors have yet to run.
  static void says_join(const client& who, const std::string& identifier, const std::string& id) {
    client_command command{.type = command_type::join, .identifier = identifier};
    command.presence = std::make_shared<const presence_request>(presence_request{.id = id});
    caf::anon_send(who.actor, client_said{std::move(command)});
  }

  void asks_presence(const client& who, command_type what, const std::string& identifier) {
    client_command command{.type = what, .identifier = identifier};
    if (what == command_type::join)
      command.presence = std::make_shared<const presence_request>(presence_request{.id = "me", .info = "1"});
    caf::anon_send(who.actor, client_said{std::move(command)});
    consume_messages();
  }

  texts reads(const client& who) { return std::exchange(who.box->seen, {}); }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(restore_presence_tests, fixture)

CAF_TEST(a member that comes back in time was never away) {
  const auto other = watcher();
  leaves(member("s1"));
  CAF_CHECK_EQUAL(reads(other), texts{told(a, my_join)});
  pass(10s);
  const auto back = comes("n1", {.back_to = "s1"});
  CAF_REQUIRE(is_restored(back));
  pass(60s);
  CAF_CHECK_EQUAL(reads(other), texts{});
  CAF_CHECK_EQUAL(present_members(here), 1u);
  CAF_CHECK_EQUAL(sum(&lane_counters::presence_returns), 1u);
  leaves(back);
  pass(17s);
  CAF_CHECK_EQUAL(reads(other), texts{told(a, my_leave)});
}

CAF_TEST(a member that comes back later joins anew by itself) {
  const auto other = watcher();
  leaves(member("s1"));
  pass(20s);
  CAF_CHECK_EQUAL(reads(other), (texts{told(a, my_join), told(a, my_leave)}));
  const auto back = comes("n1", {.back_to = "s1"});
  CAF_REQUIRE(is_restored(back));
  CAF_CHECK_EQUAL(reads(other), texts{told(a, my_join)});
  asks_presence(back, command_type::leave, chat);
  CAF_CHECK_EQUAL(reads(other), texts{told(a, my_leave)});
}

CAF_TEST(a client that joins again by itself causes no event) {
  const auto other = watcher();
  const auto who = enters("s1");
  follow(who, "a");
  asks_presence(who, command_type::join, a);
  CAF_CHECK_EQUAL(reads(other), texts{told(a, my_join)});
  leaves(who);
  const auto back = comes("n1", {.back_to = "s1"});
  asks_presence(back, command_type::join, a);
  CAF_CHECK_EQUAL(reads(back), texts{restored("n1", {a})});
  asks_history(back, a);
  reads(back);
  pass(60s);
  CAF_CHECK_EQUAL(reads(other), texts{});
  asks_presence(back, command_type::leave, a);
  CAF_CHECK_EQUAL(reads(other), texts{told(a, my_leave)});
  CAF_CHECK_EQUAL(reads(back), texts{told(a, my_leave)});
}

CAF_TEST(who had left is absent when the session comes back) {
  const auto who = member("s1");
  asks_presence(who, command_type::leave, chat);
  leaves(who);
  CAF_CHECK(is_restored(comes("n1", {.back_to = "s1"})));
  CAF_CHECK_EQUAL(present_members(here), 0u);
}

CAF_TEST(who had left by another subscription is absent when the session comes back) {
  const auto who = member("s1");
  follow(who, "a");
  asks_presence(who, command_type::join, a);
  asks_presence(who, command_type::leave, a);
  leaves(who);
  CAF_CHECK(is_restored(comes("n1", {.back_to = "s1"})));
  CAF_CHECK_EQUAL(present_members(here), 0u);
}

CAF_TEST(a session that comes back twice is one member) {
  const auto other = watcher();
  leaves(member("s1"));
  leaves(comes("s2", {.back_to = "s1"}));
  const auto back = comes("s3", {.back_to = "s2"});
  pass(60s);
  CAF_CHECK_EQUAL(reads(other), texts{told(a, my_join)});
  CAF_CHECK_EQUAL(present_members(here), 1u);
  leaves(back);
  pass(17s);
  CAF_CHECK_EQUAL(present_members(here), 0u);
}

CAF_TEST(a member for whom there is no room any more is told so) {
  leaves(member("s1"));
  pass(17s);
  here.lanes.front()->settings.presence.max_members = 1;
  const auto other = enters("o1");
  follow(other, "a");
  says_join(other, a, "you");
  consume_messages();
  const auto back = comes("n1", {.back_to = "s1"});
  CAF_CHECK_EQUAL(reads(back),
                  (texts{restored("n1", {chat}), presence_error(chat, "too many members (--presence-max-members)")}));
  CAF_CHECK_EQUAL(present_members(here), 1u);
  asks_presence(back, command_type::leave, chat);
  CAF_CHECK_EQUAL(reads(back), texts{presence_error(chat, "not present")});
}

CAF_TEST(a client that joins before its session was refused as a member is one) {
  leaves(member("s1"));
  pass(17s);
  auto& home = *here.lanes.front();
  home.settings.presence.max_members = 1;
  const auto other = watcher();
  says_join(other, a, "you");
  consume_messages();
  other.box->forget();
  const auto back = asks("n1", {.back_to = "s1"});
  while (back.box->seen.empty())
    sched.run_once();
  says_join(back, chat, "me");
  const auto& refused = home.counters.limit_hits[static_cast<std::size_t>(limit::presence_members)];
  while (refused.get() == 0)
    sched.run_once();
  home.settings.presence.max_members = 2;
  consume_messages();
  CAF_CHECK_EQUAL(reads(back),
                  (texts{restored("n1", {chat}), presence_error(chat, "too many members (--presence-max-members)")}));
  CAF_CHECK_EQUAL(reads(other), texts{told(a, R"({"type":"join","id":"me"})")});
  CAF_CHECK_EQUAL(present_members(here), 2u);
  leaves(back);
  pass(17s);
  CAF_CHECK_EQUAL(present_members(here), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
