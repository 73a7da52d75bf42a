// Labels: hardened
#define CAF_SUITE authentication
// Decisions on clients, without their actors.
#include "actors/connection/authentication.hpp"

#include "caf/test/unit_test.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;

struct fixture {
  const std::chrono::system_clock::time_point now{std::chrono::seconds{1'000'000}};
  token_keys keys;

  fixture() { keys.add_secret("s3cret"); }

  admission_verdict judge(std::string token) {
    return judge_token({"http://localhost/cable", {}, std::move(token)}, keys, now, 0s);
  }

  static std::string token(std::optional<std::int64_t> expires = {}, std::string_view secret = "s3cret") {
    return make_token("me", expires, secret).value();
  }

  static void check_denied(const admission_verdict& verdict, refusal why, refusal_reason reason, texts farewells = {}) {
    const auto* denied = std::get_if<admission_denied>(&verdict);
    CAF_REQUIRE(denied != nullptr);
    CAF_CHECK(denied->why == why);
    CAF_CHECK(denied->reason == reason);
    CAF_CHECK(!denied->detail.empty());
    CAF_CHECK_EQUAL(denied->farewells, farewells);
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(authentication_tests, fixture)

CAF_TEST(a token admits its bearer until it expires) {
  const auto verdict = judge(token(1'000'060));
  const auto* granted = std::get_if<admission_granted>(&verdict);
  CAF_REQUIRE(granted != nullptr);
  CAF_CHECK_EQUAL(granted->identity, "me");
  CAF_CHECK(granted->expires == now + 60s);
}

CAF_TEST(a token without an end admits for ever) {
  const auto verdict = judge(token());
  CAF_REQUIRE(std::holds_alternative<admission_granted>(verdict));
  CAF_CHECK(std::get<admission_granted>(verdict).expires == client_session::time_point::max());
}

CAF_TEST(a token that is no good is refused with its fault) {
  check_denied(judge({}), refusal::unauthorized, refusal_reason::token_missing);
  check_denied(judge("x"), refusal::unauthorized, refusal_reason::token_malformed);
  check_denied(judge(token({}, "another")), refusal::unauthorized, refusal_reason::token_signature);
  check_denied(judge(token(999'999)), refusal::token_expired, refusal_reason::token_expired);
}

CAF_TEST(the application names the client or leaves that to the session) {
  auto verdict = judge_answer(rpc_reply{.status = rpc_status::success, .identity = "me"}, "s1");
  CAF_CHECK_EQUAL(std::get<admission_granted>(verdict).identity, "me");
  verdict = judge_answer(rpc_reply{.status = rpc_status::success}, "s1");
  CAF_CHECK_EQUAL(std::get<admission_granted>(verdict).identity, R"({"sid":"s1"})");
}

CAF_TEST(a refusal of the application passes on its words) {
  check_denied(judge_answer(rpc_reply{.status = rpc_status::failure, .transmissions = {"no"}}, "s1"),
               refusal::unauthorized, refusal_reason::client_application, {"no"});
}

CAF_TEST(an application that fails or is silent admits no one) {
  check_denied(
      judge_answer(rpc_reply{.status = rpc_status::error, .transmissions = {"x"}, .error_message = "oops"}, "s1"),
      refusal::unavailable, refusal_reason::client_unavailable);
  check_denied(judge_answer(rpc_error{rpc_failure::timed_out, "too late"}, "s1"), refusal::unavailable,
               refusal_reason::client_unavailable);
}

CAF_TEST_FIXTURE_SCOPE_END()
