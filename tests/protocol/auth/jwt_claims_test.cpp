// Labels: hardened
#define CAF_SUITE jwt_claims
#include "protocol/auth/jwt.hpp"

#include "caf/test/unit_test.hpp"
#include "tests/protocol/auth/token_fixture.hpp"
#include "tests/protocol/auth/token_vectors.hpp"

using namespace ability;
using namespace std::string_literals;
using std::chrono::system_clock;

CAF_TEST(the identity is a text that is not empty) {
  const auto keys = keys_of(secret);
  for (const auto claims : {R"({"ext":1})", R"({"ext":{"id":1}})", R"({"ext":null})", "[]", "\"x\""}) {
    CAF_CHECK_EQUAL(outcome(signed_token(claims), keys), message(errc::wrong_type));
  }
  CAF_CHECK_EQUAL(outcome(signed_token(R"({"ext":""})"), keys), message(errc::empty_value));
  CAF_CHECK_EQUAL(outcome(signed_token(R"({"sub":"x"})"), keys), message(errc::missing_key));
  for (const auto claims : {"", "x", R"({"ext":"x"} y)", R"({"ext":"\ud800"})", "{\"ext\":\"\xff\"}"}) {
    CAF_CHECK_EQUAL(outcome(signed_token(claims), keys), message(errc::malformed_json));
  }
  CAF_CHECK_EQUAL(outcome(signed_token(R"({"ext":"a","iat":"?","sub":[1],"ext":"b"})"), keys), "b");
}

CAF_TEST(subject and issuer are any JSON and need not be there) {
  const auto claims_of = [](std::string_view claims) {
    return verify_token(signed_token(claims), keys_of(secret), now);
  };
  const auto both = claims_of(R"({"ext":"x","sub":"u1","iss":{"a":1}})");
  CAF_REQUIRE(both);
  CAF_CHECK_EQUAL(both->subject, R"("u1")");
  CAF_CHECK_EQUAL(both->issuer, R"({"a":1})");
  const auto none = claims_of(R"({"ext":"x"})");
  CAF_REQUIRE(none);
  CAF_CHECK_EQUAL(none->subject, "");
  CAF_CHECK_EQUAL(none->issuer, "");
}

CAF_TEST(a token is valid from nbf until just before exp) {
  const auto keys = keys_of(secret);
  const auto token = signed_token(R"({"ext":"x","nbf":100,"exp":200})");
  CAF_CHECK_EQUAL(outcome(token, keys, at(99)), message(errc::not_yet_valid));
  CAF_CHECK_EQUAL(outcome(token, keys, at(100) - std::chrono::nanoseconds{1}), message(errc::not_yet_valid));
  CAF_CHECK_EQUAL(outcome(token, keys, at(100)), "x");
  CAF_CHECK_EQUAL(outcome(token, keys, at(200) - std::chrono::nanoseconds{1}), "x");
  CAF_CHECK_EQUAL(outcome(token, keys, at(200)), message(errc::expired));
  CAF_CHECK_EQUAL(outcome(signed_token(R"({"nbf":100,"exp":100})"), keys, at(50)), message(errc::not_yet_valid));
  CAF_CHECK_EQUAL(outcome(signed_token(R"({"exp":0,"ext":"x"})"), keys), message(errc::expired));
}

CAF_TEST(a token counts before nbf and from exp on as long as clocks may differ) {
  using std::chrono::seconds;
  const auto keys = keys_of(secret);
  const auto token = signed_token(R"({"ext":"x","nbf":100,"exp":200,"iat":500})");
  const auto code = [&](std::int64_t time) {
    const auto claims = verify_token(token, keys, at(time), seconds{10});
    return claims ? std::nullopt : std::optional{claims.error().code};
  };
  CAF_CHECK(code(89) == errc::not_yet_valid);
  CAF_CHECK(!code(90));
  CAF_CHECK(!code(209));
  CAF_CHECK(code(210) == errc::expired);
  const auto valid = verify_token(token, keys, at(150), seconds{10});
  CAF_CHECK_EQUAL(valid->expires.value(), 210);
  for (const auto huge : {"1e300", "9223372036854775807", "9223372036.9"}) {
    const auto claims =
        verify_token(signed_token(R"({"ext":"x","exp":)" + std::string{huge} + "}"), keys, at(150), seconds{3'600});
    CAF_CHECK(system_clock::now() < at(claims->expires.value()));
  }
  CAF_CHECK(!verify_token(signed_token(R"({"ext":"x","exp":-1e300})"), keys, at(150), seconds{10}));
}

CAF_TEST(times may be fractional or huge but not of another type) {
  const auto keys = keys_of(secret);
  const auto claims = [&](std::string_view key, std::string_view value, std::int64_t time = 1'700'000'000) {
    return verify_token(signed_token(R"({"ext":"x",")" + std::string{key} + "\":" + std::string{value} + "}"), keys,
                        at(time));
  };
  const auto expiry = [&](std::string_view value, std::int64_t time) {
    return claims("exp", value, time)->expires.value();
  };
  const auto code = [&](std::string_view key, std::string_view value) { return claims(key, value).error().code; };
  CAF_CHECK_EQUAL(expiry("200.9", 199), 200);
  CAF_CHECK(!claims("exp", "200.9", 200).has_value());
  CAF_CHECK_EQUAL(expiry("2e9", 1'700'000'000), 2'000'000'000);
  CAF_CHECK(claims("nbf", "100.9", 100).has_value());
  for (const auto huge : {"1e300", "9223372036854775807", "18446744073709551615", "99999999999999999999999"}) {
    CAF_CHECK(system_clock::now() < at(expiry(huge, 1'700'000'000)));
    CAF_CHECK(code("nbf", huge) == errc::not_yet_valid);
    CAF_CHECK(code("exp", "-"s + huge) == errc::expired);
    CAF_CHECK(claims("nbf", "-"s + huge).has_value());
  }
  for (const auto value : {"\"2000000000\"", "true", "null", "[2000000000]", "{}"}) {
    CAF_CHECK(code("exp", value) == errc::wrong_type);
    CAF_CHECK(code("nbf", value) == errc::wrong_type);
    CAF_CHECK(claims("iat", value)->identity == "x");
  }
  for (const auto value : {"1e400", "-1e400", "NaN", "Infinity", "0x1", "01"}) {
    CAF_CHECK(code("exp", value) == errc::malformed_json);
  }
  CAF_CHECK(!claims("iat", "9e99")->expires.has_value());
}

CAF_TEST(a token is made that verifies) {
  const auto token = make_token(identity, 2'000'000'000, secret);
  CAF_CHECK_EQUAL(*token, vectors::hs256);
  const auto for_ever = make_token(identity, std::nullopt, secret);
  CAF_CHECK_EQUAL(outcome(*for_ever, keys_of(secret), at(9'000'000'000)), identity);
  CAF_CHECK(!verify_token(*for_ever, keys_of(secret), now)->expires.has_value());
  CAF_CHECK(*verify_token(vectors::hs256, keys_of(secret), now)->expires == 2'000'000'000);
  CAF_CHECK(make_token("", 1, secret).error().code == errc::empty_value);
  CAF_CHECK(make_token("x", 1, "").error().code == errc::empty_value);
  CAF_CHECK(make_token("\xff", 1, secret).error().code == errc::invalid_utf8);
  CAF_CHECK(make_token(std::string(13'000, 'x'), 1, secret).error().code == errc::too_large);
}
