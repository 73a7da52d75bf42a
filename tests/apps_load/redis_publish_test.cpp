#define CAF_SUITE redis_publish

#include "tests/apps_load/publish_fixture.hpp"

using namespace ability::load;
using namespace ability::load::test;

CAF_TEST_FIXTURE_SCOPE(redis_publish_tests, publish_fixture)

CAF_TEST(redis is logged in to and published to) {
  open(publish_by::redis, {.redis = "redis://me:pw@" + server.authority() + "/2", .redis_channel = "chan"});
  server.on_bytes = [](auto& from) {
    from.send(from.received.find("PUBLISH") == std::string::npos ? "+OK\r\n+OK\r\n" : ":1\r\n:0\r\n:3\r\n");
  };
  publish({{"s", "\"x\""}, {"t", "2"}});
  publish(3);
  CAF_REQUIRE(settles(2));
  CAF_CHECK(settled[0].accepted);
  is(there().received,
     "*3\r\n$4\r\nAUTH\r\n$2\r\nme\r\n$2\r\npw\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n2\r\n"
     "*3\r\n$7\r\nPUBLISH\r\n$4\r\nchan\r\n$29\r\n{\"stream\":\"s\",\"data\":\"\\\"x\\\"\"}\r\n"
     "*3\r\n$7\r\nPUBLISH\r\n$4\r\nchan\r\n$25\r\n{\"stream\":\"t\",\"data\":\"2\"}\r\n"
     "*3\r\n$7\r\nPUBLISH\r\n$4\r\nchan\r\n$25\r\n{\"stream\":\"s\",\"data\":\"3\"}\r\n");
}

CAF_TEST(redis refuses) {
  open(publish_by::redis);
  server.on_bytes = [](auto& from) { from.send(":1\r\n-NOPERM this user has no permissions\r\n:1\r\n"); };
  publish({{"s", "1"}, {"t", "2"}});
  publish(3);
  CAF_REQUIRE(settles(2));
  is(settled[0].why, "redis: NOPERM this user has no permissions");
  CAF_CHECK(settled[1].accepted);
  link = nullptr;
  settled.clear();
  open(publish_by::redis, {.redis = "redis://:pw@" + server.authority()});
  server.on_bytes = [](auto& from) { from.send("-WRONGPASS invalid username-password pair\r\n"); };
  publish(1);
  publish(2);
  CAF_REQUIRE(settles(2));
  is(settled[0].why, "redis: WRONGPASS invalid username-password pair");
}

CAF_TEST(what is no redis ends it) {
  for (const std::string garbage :
       {"HTTP/1.1 400 Bad Request\r\n\r\n", "*3\r\n*3\r\n", "$99999999999999\r\n", ":1\r\n:1\r\n", "$-1\r\n"}) {
    settled.clear();
    open(publish_by::redis);
    server.on_bytes = [&](auto& from) {
      from.send(garbage);
      from.close();
    };
    publish(1);
    CAF_REQUIRE(settles(1));
    CAF_CHECK(settled[0].accepted == (garbage == ":1\r\n:1\r\n"));
    link = nullptr;
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
