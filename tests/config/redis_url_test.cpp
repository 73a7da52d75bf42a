// The address of Redis.
// Labels: hardened
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

CAF_TEST(a host that is left out is this machine) {
  for (const auto* text : {"redis://", "redis:///1", "redis://:6379", "redis://:pw@", "rediss://"})
    CAF_CHECK_EQUAL(good(text).host, "localhost");
  CAF_CHECK_EQUAL(good("redis:///1").database, 1);
  CAF_CHECK_EQUAL(good("redis://:6380").port, 6380u);
}

CAF_TEST(a user may need no password) {
  for (const auto* text : {"redis://app@h", "redis://app:@h"}) {
    CAF_CHECK_EQUAL(good(text).user, "app");
    CAF_CHECK_EQUAL(good(text).password, "");
  }
}

CAF_TEST(rediss is TLS) {
  auto url = good("rediss://app:pw@redis.example:6380/2");
  CAF_CHECK(url.tls);
  CAF_CHECK(!url.skip_verify);
  CAF_CHECK_EQUAL(url.host, "redis.example");
  CAF_CHECK_EQUAL(url.port, 6380u);
  CAF_CHECK_EQUAL(url.user, "app");
  CAF_CHECK_EQUAL(url.database, 2);
  CAF_CHECK(!good("redis://h").tls);
  CAF_CHECK(good("rediss://h?skip_verify=true").skip_verify);
  CAF_CHECK(good("rediss://h?skip_verify=1").skip_verify);
  CAF_CHECK(!good("rediss://h?skip_verify=false").skip_verify);
}

CAF_TEST(unix is a socket file) {
  auto url = good("unix:///run/redis/redis.sock");
  CAF_CHECK_EQUAL(url.path, "/run/redis/redis.sock");
  CAF_CHECK_EQUAL(url.host, "");
  CAF_CHECK(!url.tls);
  url = good("unix://app:p%40w@/run/a%20b.sock?db=3");
  CAF_CHECK_EQUAL(url.path, "/run/a b.sock");
  CAF_CHECK_EQUAL(url.user, "app");
  CAF_CHECK_EQUAL(url.password, "p@w");
  CAF_CHECK_EQUAL(url.database, 3);
  CAF_CHECK_EQUAL(good("unix://:pw@/r.sock").password, "pw");
}

CAF_TEST(servers of a Redis Cluster are named together) {
  auto url = good("redis+cluster://app:p,w@a:7001,b,[::1]:7003");
  CAF_CHECK(url.cluster == (std::vector<redis_host>{{"a", 7001}, {"b", 6379}, {"::1", 7003}}));
  CAF_CHECK_EQUAL(url.host, "a");
  CAF_CHECK_EQUAL(url.port, 7001u);
  CAF_CHECK_EQUAL(url.password, "p,w");
  CAF_CHECK(!url.tls);
  url = good("rediss+cluster://redis.example/?skip_verify=true");
  CAF_CHECK(url.cluster == (std::vector<redis_host>{{"redis.example", 6379}}));
  CAF_CHECK(url.tls && url.skip_verify);
  CAF_CHECK_EQUAL(good("redis+cluster://a,b/0?db=0").cluster.size(), 2u);
  CAF_CHECK(good("redis://a").cluster.empty());
  for (const auto* text : {"redis+cluster://a,b/1", "redis+cluster://a,b?db=1"})
    CAF_CHECK(ends(wrong(text), ", where a Redis Cluster has no database but 0"));
  CAF_CHECK(ends(wrong("redis+cluster://a,b:x"), "(and an IPv6 address stands in brackets)"));
  CAF_CHECK_EQUAL(wrong("unix+cluster:///r.sock"), wrong("http://h"));
  CAF_CHECK_EQUAL(wrong("+cluster://h"), wrong("http://h"));
}

CAF_TEST(parameters are taken and those that mean nothing here are named) {
  CAF_CHECK_EQUAL(good("redis://h?db=4").database, 4);
  CAF_CHECK_EQUAL(good("redis://h/1?db=4").database, 4);
  const auto url = good("redis://h/1?max_retries=3&pool_size=10&&protocol=3&client%5Fname=a%26b");
  CAF_CHECK_EQUAL(url.unused, (std::vector<std::string>{"max_retries", "pool_size", "protocol", "client_name"}));
  CAF_CHECK_EQUAL(url.database, 1);
  CAF_CHECK(good("redis://h?").unused.empty());
}

CAF_TEST(none is no redis) {
  CAF_CHECK_EQUAL(good("none").host, "");
  CAF_CHECK_EQUAL(good("none").path, "");
}

CAF_TEST(what breaks a rule is refused with the rule) {
  const std::string form = std::string{"must be "} + redis_url_forms;
  for (const auto* text : {"", "localhost", "http://h", "REDIS://h", "unix:/run/redis.sock", "/run/redis.sock"})
    CAF_CHECK_EQUAL(wrong(text), form);
  for (const auto* text : {"redis://h:", "redis://h:0", "redis://h:65536", "redis://h:x", "redis://h:-1", "redis://::1",
                           "redis://fe80::1", "redis://[::1]6379", "redis://h:99999999999999999999", "rediss://h:0"})
    CAF_CHECK(ends(wrong(text), "where the port is a number from 1 to 65535 (and an IPv6 address stands in brackets)"));
  for (const auto* text :
       {"redis://h/x", "redis://h/-1", "redis://h/1/2", "redis://h/1000001", "redis://h?db=x", "unix:///r.sock?db="})
    CAF_CHECK(ends(wrong(text), ", where the database is a number from 0 to 1000000"));
  for (const auto* text : {"redis://:%@h", "redis://:%4@h", "redis://%zz:p@h"})
    CAF_CHECK(ends(wrong(text), ", where a % in user or password is followed by two hexadecimal digits"));
  for (const auto* text : {"redis://h?%=1", "redis://h?a=%zz"})
    CAF_CHECK(ends(wrong(text), ", where a % is followed by two hexadecimal digits"));
  for (const auto* text : {"unix://", "unix:///", "unix://run/redis.sock", "unix:///a%00b", "unix://u:p@redis.sock"})
    CAF_CHECK(ends(wrong(text), ", where the path of the socket begins with / and has at most 107 bytes"));
  CAF_CHECK(!wrong("unix:///" + std::string(107, 'x')).empty());
  CAF_CHECK(ends(wrong("redis://[::1"), ", where an IPv6 address ends with ]"));
  CAF_CHECK(ends(wrong("redis://[host]"), ", where only an IPv6 address stands in brackets"));
  for (const auto* text : {"redis://a,b", "redis://a?addr=b:1", "redis://a?master_set=m"})
    CAF_CHECK(ends(wrong(text),
                   ", where one server is named (those of a Redis Cluster by redis+cluster://, Sentinels by "
                   "--redis-sentinels)"));
  for (const auto* text : {"redis://h?password=x", "redis://h?username=x"})
    CAF_CHECK(ends(wrong(text), ", where user and password stand before the host, as user:password@"));
  CAF_CHECK(ends(wrong("rediss://h?skip_verify=maybe"), ", where skip_verify is true or false"));
  CAF_CHECK(ends(wrong("redis://h#x"), ", where no # follows"));
  CAF_CHECK(ends(wrong("redis://h h"), ", where no space or control character stands"));
}
