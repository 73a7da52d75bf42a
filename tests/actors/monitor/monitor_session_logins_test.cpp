// Labels: hardened
#define CAF_SUITE monitor_session_logins
// Permission to ask each question.
#include "tests/actors/monitor/monitor_session_fixture.hpp"

using namespace ability;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

using texts = std::vector<std::string>;

constexpr auto reader = R"({"may_read":true,"may_command":false})";
constexpr auto commander = R"({"may_read":true,"may_command":true})";
constexpr auto wrong = "wrong_secret: this is neither the monitor secret nor the cluster secret";
constexpr auto log_in_first =
    "login_required: log in first, with the monitor secret or the cluster secret of this node";
constexpr auto command_login = "login_required: commands need a login with the cluster secret";

struct fixture_with_secrets : monitor_session_fixture {
  fixture_with_secrets()
      : monitor_session_fixture{monitor_settings{.read_secret = "read", .command_secret = "command"}} {}
};

struct fixture_with_read_secret : monitor_session_fixture {
  fixture_with_read_secret() : monitor_session_fixture{monitor_settings{.read_secret = "read"}} {}
};
}  // namespace

CAF_TEST_FIXTURE_SCOPE(monitor_session_with_secrets, fixture_with_secrets)

CAF_TEST(who has not logged in gets no answer) {
  for (const auto* verb : {"status", "connections", "streams", "nodes", "watch", "unwatch"})
    CAF_CHECK_EQUAL(failure(who, verb), log_in_first);
  CAF_CHECK_EQUAL(failure(who, "drain"), command_login);
  CAF_CHECK_EQUAL(here.watched_events.load(), 0u);
}

CAF_TEST(who knows the monitor secret may read) {
  CAF_CHECK_EQUAL(text(who, "login", R"({"secret":"read"})"), reader);
  CAF_CHECK(ask(who, "status").contains("node"));
  CAF_CHECK_EQUAL(failure(who, "drain"), command_login);
  CAF_CHECK(control.drains.empty());
}

CAF_TEST(who knows the cluster secret may all and keeps that) {
  CAF_CHECK_EQUAL(text(who, "login", R"({"secret":"command"})"), commander);
  CAF_CHECK(ask(who, "status").contains("node"));
  CAF_CHECK(ask(who, "drain").contains("draining"));
  CAF_CHECK_EQUAL(text(who, "login", R"({"secret":"read"})"), commander);
}

CAF_TEST(a login is of one connection) {
  CAF_CHECK_EQUAL(text(who, "login", R"({"secret":"command"})"), commander);
  CAF_CHECK_EQUAL(failure(attach(), "status"), log_in_first);
}

CAF_TEST(only who has logged in takes a place among the programs) {
  failure(who, "status");
  failure(who, "login", R"({"secret":"x"})");
  failure(who, "drain");
  CAF_CHECK_EQUAL(who.way->admitted, 0u);
  CAF_CHECK_EQUAL(text(who, "login", R"({"secret":"read"})"), reader);
  CAF_CHECK_EQUAL(who.way->admitted, 1u);
}

CAF_TEST(who logs in when all places are taken is told so and closed) {
  who.way->has_room = false;
  CAF_CHECK_EQUAL(failure(who, "login", R"({"secret":"read"})"),
                  "busy: too many monitoring programs are attached, detach one");
  CAF_CHECK_EQUAL(who.way->closed, texts{"too many monitoring programs"});
}

CAF_TEST(three wrong secrets close the connection) {
  for (const auto* secret : {"", "reaD", "commandx"})
    CAF_CHECK_EQUAL(failure(who, "login", json{{"secret", secret}}.dump()).starts_with("wrong_secret"),
                    *secret != '\0');
  CAF_CHECK_EQUAL(text(who, "login", R"({"secret":"read"})"), reader);
  CAF_CHECK(is_open(who));
  CAF_CHECK_EQUAL(failure(who, "login", R"({"secret":"x"})"), wrong);
  CAF_CHECK(failure(who, "login", R"({"secret":"command"})").starts_with("wrong_secret: three"));
  CAF_CHECK(failure(who, "status").starts_with("wrong_secret: three"));
  pass(1s);
  CAF_CHECK_EQUAL(who.way->closed, texts{"three wrong secrets"});
  CAF_CHECK(!is_alive(who.session));
  CAF_CHECK_EQUAL(lines(), texts(3, "monitor login refused"));
}

CAF_TEST(many wrong secrets are some lines a second and each is counted) {
  for (int i = 0; i < 100; ++i)
    failure(attach(), "login", R"({"secret":"x"})");
  CAF_CHECK_EQUAL(lines(), texts(refusal_log::lines_per_second, "monitor login refused"));
  CAF_CHECK_EQUAL(home.counters.refused[static_cast<std::size_t>(refusal_reason::monitor_login_secret)].get(), 100u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(monitor_session_with_read_secret, fixture_with_read_secret)

CAF_TEST(without a cluster secret an empty one is none) {
  CAF_CHECK(failure(who, "login", R"({"secret":""})").starts_with("bad_arguments"));
  CAF_CHECK_EQUAL(failure(who, "login", R"({"secret":"x"})"), wrong);
  CAF_CHECK_EQUAL(text(who, "login", R"({"secret":"read"})"), reader);
  CAF_CHECK_EQUAL(failure(who, "drain"),
                  "not_allowed: commands need a secret: start abilityd with --secret or --cluster-secret");
}

CAF_TEST_FIXTURE_SCOPE_END()
