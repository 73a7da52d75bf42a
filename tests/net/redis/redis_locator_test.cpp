#define CAF_SUITE redis_locator
#include "net/redis/redis_locator.hpp"

#include "tests/net/redis/redis_fixture.hpp"
#include "tests/net/redis/redis_pipeline_fixture.hpp"
#include "tests/net/redis/scripted_redis.hpp"

using namespace ability;
using namespace ability::test;

namespace {

struct locator_fixture : pipeline_fixture {
  using endpoint = std::shared_ptr<const redis_endpoint>;

  // A Sentinel that answers each question alike.
  std::unique_ptr<fake_server> sentinel(std::string answer) {
    return std::make_unique<fake_server>(io, [this, answer = std::move(answer)](std::string_view received) {
      asked += received;
      return answer;
    });
  }

  static std::string address(const std::string& host, const std::string& port) {
    return "*2\r\n$" + std::to_string(host.size()) + "\r\n" + host + "\r\n$" + std::to_string(port.size()) + "\r\n" +
           port + "\r\n";
  }

  // The address that is found, or the reason.
  std::string find(const std::vector<std::uint16_t>& ports, const std::string& password = {}) {
    redis_endpoint where{.user = "app", .password = "own", .max_payload = 1'000, .master_name = "main"};
    for (const auto port : ports)
      where.sentinels.push_back({"127.0.0.1", port, password});
    redis_locator uut{io, std::make_shared<const redis_endpoint>(std::move(where))};
    std::optional<std::string> got;
    uut.find([&](const endpoint& server, const std::string& why) {
      got = server == nullptr ? why : server->host + ' ' + std::to_string(server->port) + ' ' + server->user;
    });
    until([&] { return got.has_value(); });
    return *got;
  }

  std::string asked;
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(redis_locator_tests, locator_fixture)

CAF_TEST(without Sentinels the server is the one that is named) {
  const auto where = std::make_shared<const redis_endpoint>(redis_endpoint{.host = "a", .port = 7});
  redis_locator uut{io, where};
  endpoint got;
  uut.find([&](const endpoint& server, const std::string&) { got = server; });
  CAF_CHECK(got == where);
}

CAF_TEST(a Sentinel names the master) {
  const auto one = sentinel(address("10.0.0.7", "6380"));
  CAF_CHECK_EQUAL(find({one->port()}), "10.0.0.7 6380 app");
  CAF_CHECK(contains(asked, "GET-MASTER-ADDR-BY-NAME\r\n$4\r\nmain\r\n"));
  CAF_CHECK(!contains(asked, "AUTH"));
}

CAF_TEST(a Sentinel has a password of its own) {
  const auto one = sentinel("+OK\r\n" + address("10.0.0.7", "6380"));
  CAF_CHECK_EQUAL(find({one->port()}, "secret"), "10.0.0.7 6380 app");
  CAF_CHECK(contains(asked, "AUTH\r\n$6\r\nsecret\r\n"));
}

CAF_TEST(the next Sentinel is asked if one cannot tell) {
  const auto ignorant = sentinel("*-1\r\n");
  const auto one = sentinel(address("10.0.0.7", "6380"));
  CAF_CHECK_EQUAL(find({free_port(), ignorant->port(), one->port()}), "10.0.0.7 6380 app");
}

CAF_TEST(the last reason is told if none can tell) {
  const auto ignorant = sentinel("*-1\r\n");
  const auto why = find({free_port(), ignorant->port()});
  CAF_CHECK(contains(why, "Sentinel 127.0.0.1:" + std::to_string(ignorant->port())));
  CAF_CHECK(contains(why, "knows no master of the name main"));
  CAF_CHECK(contains(find({free_port()}), "Connection refused"));
}

CAF_TEST(an address that is none is not taken) {
  for (const auto& answer : {address("10.0.0.7", "x"), address("10.0.0.7", "70000"), address("", "6380"),
                             std::string{"+OK\r\n"}, std::string{"*1\r\n$1\r\na\r\n"}}) {
    const auto one = sentinel(answer);
    CAF_CHECK(contains(find({one->port()}), "SENTINEL got an a"));
  }
}

CAF_TEST(a search can be given up) {
  const auto silent = sentinel("");
  redis_endpoint where{.max_payload = 1'000, .sentinels = {{"127.0.0.1", silent->port(), {}}}, .master_name = "main"};
  {
    redis_locator uut{io, std::make_shared<const redis_endpoint>(std::move(where))};
    uut.find([](const endpoint&, const std::string&) { CAF_FAIL("called"); });
    until([&] { return !asked.empty(); });
  }
  io.poll();
}

CAF_TEST(the server of a Redis Cluster that has the key is found again once it is another one) {
  scripted_redis one{io};
  scripted_redis other{io};
  const auto slot = static_cast<int>(redis_slot_of("s"));
  one.slots = {{0, slot - 1, one.port()}, {slot, slot, other.port()}, {slot + 1, 16'383, one.port()}};
  redis_endpoint where{.host = "127.0.0.1", .port = one.port(), .max_payload = 1'000};
  where.cluster = {{"127.0.0.1", one.port()}};
  where.key = "s";
  redis_locator uut{io, std::make_shared<const redis_endpoint>(where)};
  std::optional<std::uint16_t> got;
  const auto find = [&] {
    got.reset();
    uut.find([&](const endpoint& server, const std::string&) { got = server == nullptr ? 0 : server->port; });
    until([&] { return got.has_value(); });
    return *got;
  };
  CAF_CHECK_EQUAL(find(), other.port());
  one.slots = {{0, 16'383, one.port()}};
  CAF_CHECK_EQUAL(find(), one.port());
}

CAF_TEST(a Redis Cluster without a server for the key is told) {
  scripted_redis one{io};
  const auto slot = static_cast<int>(redis_slot_of("s"));
  one.slots = {{0, slot - 1, one.port()}};
  redis_endpoint where{.host = "127.0.0.1", .port = one.port(), .max_payload = 1'000};
  where.cluster = {{"127.0.0.1", one.port()}};
  where.key = "s";
  redis_locator uut{io, std::make_shared<const redis_endpoint>(where)};
  std::optional<std::string> why;
  uut.find([&](const endpoint& server, const std::string& reason) { why = server == nullptr ? reason : "found"; });
  until([&] { return why.has_value(); });
  CAF_CHECK_EQUAL(*why, "no server of the Redis Cluster has s");
}

CAF_TEST_FIXTURE_SCOPE_END()
