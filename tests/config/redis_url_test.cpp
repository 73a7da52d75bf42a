// The address of Redis.
#define CAF_SUITE redis_url

#include "config/redis_url.hpp"

#include "caf/test/unit_test.hpp"

using namespace ability;

namespace {

ability::redis_url good(std::string_view text) {
  auto result = parse_redis_url(text);
  CAF_REQUIRE(std::holds_alternative<ability::redis_url>(result));
  return std::get<ability::redis_url>(result);
}

std::string wrong(std::string_view text) {
  auto result = parse_redis_url(text);
  auto error = std::get_if<std::string>(&result);
  return error == nullptr ? std::string{} : *error;
}

bool ends(const std::string& text, std::string_view end) { return text.ends_with(end); }

}  // namespace

CAF_TEST(a host is enough) {
  auto url = good("redis://localhost");
  CAF_CHECK_EQUAL(url.host, "localhost");
  CAF_CHECK_EQUAL(url.port, 6379u);
  CAF_CHECK_EQUAL(url.user, "");
  CAF_CHECK_EQUAL(url.password, "");
  CAF_CHECK_EQUAL(url.database, 0);
  CAF_CHECK_EQUAL(good("redis://localhost/").database, 0);
}

CAF_TEST(all parts are taken) {
  auto url = good("redis://app:pw@10.0.0.1:6380/15");
  CAF_CHECK_EQUAL(url.host, "10.0.0.1");
  CAF_CHECK_EQUAL(url.port, 6380u);
  CAF_CHECK_EQUAL(url.user, "app");
  CAF_CHECK_EQUAL(url.password, "pw");
  CAF_CHECK_EQUAL(url.database, 15);
}

CAF_TEST(a password may stand alone) {
  auto url = good("redis://:pw@h");
  CAF_CHECK_EQUAL(url.user, "");
  CAF_CHECK_EQUAL(url.password, "pw");
  CAF_CHECK_EQUAL(good("redis://@h").password, "");
}

CAF_TEST(user and password are percent decoded) {
  auto url = good("redis://a%40b:p%3a%2F%25%20@h");
  CAF_CHECK_EQUAL(url.user, "a@b");
  CAF_CHECK_EQUAL(url.password, "p:/% ");
}

CAF_TEST(a password may hold signs that nobody encoded) {
  CAF_CHECK_EQUAL(good("redis://:p@/?#:w@h:1/2").password, "p@/?#:w");
  CAF_CHECK_EQUAL(good("redis://:p@/?#:w@h:1/2").host, "h");
}

CAF_TEST(an IPv6 address stands in brackets) {
  auto url = good("redis://[::1]:6380/3");
  CAF_CHECK_EQUAL(url.host, "::1");
  CAF_CHECK_EQUAL(url.port, 6380u);
  CAF_CHECK_EQUAL(url.database, 3);
  CAF_CHECK_EQUAL(good("redis://:p@[fe80::1%eth0]").host, "fe80::1%eth0");
}

CAF_TEST(TLS is refused with a reason) {
  CAF_CHECK_EQUAL(wrong("rediss://:pw@h"),
                  "must begin with redis://, because TLS to Redis (rediss://) is not supported");
}

CAF_TEST(what breaks a rule is refused with the rule) {
  const std::string form = "must be redis://[[user]:password@]host[:port][/database]";
  for (const auto* text : {"", "localhost", "http://h", "unix:///run/redis.sock", "REDIS://h"})
    CAF_CHECK_EQUAL(wrong(text), form);
  for (const auto* text : {"redis://", "redis:///1", "redis://::1", "redis://:6379", "redis://:pw@"})
    CAF_CHECK(ends(wrong(text), ", where the host is not empty"));
  for (const auto* text : {"redis://h:", "redis://h:0", "redis://h:65536", "redis://h:x", "redis://h:-1",
                           "redis://fe80::1", "redis://[::1]6379", "redis://h:99999999999999999999"})
    CAF_CHECK(ends(wrong(text), "where the port is a number from 1 to 65535 (and an IPv6 address stands in brackets)"));
  for (const auto* text : {"redis://h/x", "redis://h/-1", "redis://h/1/2", "redis://h/1000001"})
    CAF_CHECK(ends(wrong(text), ", where the database is a number from 0 to 1000000"));
  for (const auto* text : {"redis://:%@h", "redis://:%4@h", "redis://%zz:p@h"})
    CAF_CHECK(ends(wrong(text), ", where a % in user or password is followed by two hexadecimal digits"));
  for (const auto* text : {"redis://user@h", "redis://user:@h"})
    CAF_CHECK(ends(wrong(text), ", where a user comes with a password (and a password alone stands after a colon)"));
  CAF_CHECK(ends(wrong("redis://[::1"), ", where an IPv6 address ends with ]"));
  CAF_CHECK(ends(wrong("redis://[host]"), ", where only an IPv6 address stands in brackets"));
  CAF_CHECK(ends(wrong("redis://a,b"), ", where one server is named"));
  CAF_CHECK(ends(wrong("redis://h/1?x=y"), ", where nothing follows the database"));
  CAF_CHECK(ends(wrong("redis://h h"), ", where no space or control character stands"));
}
