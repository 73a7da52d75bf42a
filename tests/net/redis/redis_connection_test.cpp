// Labels: hardened
#define CAF_SUITE redis_connection
#include "actors/stream/messages.hpp"
#include "tests/net/redis/redis_fixture.hpp"

using namespace ability;
using namespace ability::test;

namespace asio = boost::asio;

CAF_TEST_FIXTURE_SCOPE(redis_connection_tests, redis_fixture)

CAF_TEST(publications arrive byte for byte and in order) {
  redis_process server;
  redis_client publisher{server};
  listener sub{*this, at(server)};
  CAF_CHECK_EQUAL(sub.next(), "connected");
  const std::string odd{"\r\n\0*3\r\n\xff", 8};
  for (const auto& text : {std::string{"one"}, std::string{}, odd, std::string(1'000, 'x')})
    publisher.publish("news", text);
  publisher.publish("other", "not ours");
  CAF_CHECK_EQUAL(sub.next(), "payload one");
  CAF_CHECK_EQUAL(sub.next(), "payload ");
  CAF_CHECK_EQUAL(sub.next(), "payload " + odd);
  CAF_CHECK_EQUAL(sub.next(), "payload " + std::string(1'000, 'x'));
  CAF_CHECK(sub.quiet());
}

CAF_TEST(many publications in one go arrive in order) {
  redis_process server;
  listener sub{*this, at(server)};
  CAF_CHECK_EQUAL(sub.next(), "connected");
  redis_client{server}.run({"EVAL", "for i = 1, 5000 do redis.call('PUBLISH', 'news', i) end return 1", "0"});
  for (int i = 1; i <= 5'000; ++i)
    CAF_REQUIRE_EQUAL(sub.next(), "payload " + std::to_string(i));
}

CAF_TEST(a name is resolved and each of its addresses tried) {
  redis_process server;
  auto where = at(server);
  where.host = "localhost";
  listener sub{*this, where};
  CAF_CHECK_EQUAL(sub.next(), "connected");
}

CAF_TEST(a password logs in and a wrong one is told without showing it) {
  redis_process server{{"--requirepass", "open sesame"}};
  auto where = at(server);
  where.password = "open sesame";
  CAF_CHECK_EQUAL((listener{*this, where}.next()), "connected");
  where.password = "abracadabra";
  const auto reason = listener{*this, where}.lost();
  CAF_CHECK(reason.starts_with(text(server.port()) + "AUTH refused: WRONGPASS"));
  CAF_CHECK(!contains(reason, "abracadabra"));
  where.password = "";
  CAF_CHECK(listener(*this, where).lost().starts_with(text(server.port()) + "SUBSCRIBE refused: NOAUTH"));
}

CAF_TEST(a user logs in and may be refused the channel) {
  redis_process server;
  redis_client{server}.run({"ACL", "SETUSER", "ability", "on", ">secret", "+@all", "&news"});
  auto where = at(server);
  where.user = "ability";
  where.password = "secret";
  CAF_CHECK_EQUAL((listener{*this, where}.next()), "connected");
  where.channel = "other";
  CAF_CHECK(listener(*this, where).lost().starts_with(text(server.port()) + "SUBSCRIBE refused: NOPERM"));
  where.user = "nobody";
  CAF_CHECK(listener(*this, where).lost().starts_with(text(server.port()) + "AUTH refused: WRONGPASS"));
}

CAF_TEST(a user without a password logs in) {
  redis_process server;
  redis_client{server}.run({"ACL", "SETUSER", "ability", "on", "nopass", "+@all", "&news"});
  redis_client{server}.run({"ACL", "SETUSER", "default", "off"});
  auto where = at(server);
  CAF_CHECK(contains(listener(*this, where).lost(), "SUBSCRIBE refused: NOAUTH"));
  where.user = "ability";
  CAF_CHECK_EQUAL((listener{*this, where}.next()), "connected");
}

CAF_TEST(a database is selected and a wrong one is told) {
  redis_process server;
  auto where = at(server);
  where.database = 3;
  listener sub{*this, where};
  CAF_CHECK_EQUAL(sub.next(), "connected");
  redis_client{server}.publish("news", "from database 0");
  CAF_CHECK_EQUAL(sub.next(), "payload from database 0");
  where.database = 99;
  CAF_CHECK(contains(listener(*this, where).lost(), "SELECT refused: ERR DB index is out of range"));
}

CAF_TEST(a publication over the limit is left out and told) {
  redis_process server;
  redis_client publisher{server};
  listener sub{*this, at(server)};
  CAF_CHECK_EQUAL(sub.next(), "connected");
  publisher.publish("news", std::string(1'001, 'x'));
  publisher.publish("news", std::string(60'000, 'x'));
  publisher.publish("news", "hi");
  CAF_CHECK_EQUAL(sub.next(), "oversize 1001");
  CAF_CHECK_EQUAL(sub.next(), "oversize 60000");
  CAF_CHECK_EQUAL(sub.next(), "payload hi");
}

CAF_TEST(a publication far over the limit is skipped and told and the next arrives) {
  redis_process server;
  redis_client publisher{server};
  listener sub{*this, at(server)};
  CAF_CHECK_EQUAL(sub.next(), "connected");
  for (const std::size_t size : {65'536u, 65'537u, 200'000u, 20'000'000u}) {
    publisher.publish("news", std::string(size, 'x'));
    publisher.publish("news", "hi");
    CAF_CHECK_EQUAL(sub.next(), "oversize " + std::to_string(size));
    CAF_CHECK_EQUAL(sub.next(), "payload hi");
  }
}

CAF_TEST(a socket file leads to redis) {
  auto folder = (std::filesystem::temp_directory_path() / "ability_redis_XXXXXX").string();
  CAF_REQUIRE(::mkdtemp(folder.data()) != nullptr);
  auto where = at(1);
  where.path = folder + "/redis.sock";
  {
    redis_process server{{"--unixsocket", where.path}};
    listener sub{*this, where};
    CAF_CHECK_EQUAL(sub.next(), "connected");
    redis_client{server}.publish("news", "hi");
    CAF_CHECK_EQUAL(sub.next(), "payload hi");
    server.kill();
    CAF_CHECK_EQUAL(sub.lost(), where.path + ": Connection closed by the server");
  }
  std::filesystem::remove_all(folder);
  CAF_CHECK_EQUAL(listener(*this, where).lost(), where.path + ": No such file or directory");
}

CAF_TEST(nothing arrives while paused and all of it in order afterwards) {
  redis_process server;
  redis_client publisher{server};
  listener sub{*this, at(server)};
  listener witness{*this, at(server)};
  CAF_CHECK_EQUAL(sub.next(), "connected");
  CAF_CHECK_EQUAL(witness.next(), "connected");
  sub.link->pause();
  for (const auto* text : {"1", "2", "3"}) {
    publisher.publish("news", text);
    CAF_CHECK_EQUAL(witness.next(), "payload " + std::string{text});
    CAF_CHECK(sub.quiet());
  }
  sub.link->resume();
  for (const auto* text : {"1", "2", "3"})
    CAF_CHECK_EQUAL(sub.next(), "payload " + std::string{text});
}

CAF_TEST(a pause holds for later connections until close) {
  redis_process server;
  listener witness{*this, at(server)};
  CAF_CHECK_EQUAL(witness.next(), "connected");
  const auto publish_seen = [&] {
    redis_client{server}.publish("news", "hi");
    CAF_CHECK_EQUAL(witness.next(), "payload hi");
  };
  listener sub{*this, at(server)};
  sub.link->pause();
  sub.link->connect(sub.owner);
  CAF_CHECK_EQUAL(sub.next(), "connected");
  publish_seen();
  CAF_CHECK(sub.quiet());
  sub.link->close();
  sub.link->connect(sub.owner);
  CAF_CHECK_EQUAL(sub.next(), "connected");
  publish_seen();
  CAF_CHECK_EQUAL(sub.next(), "payload hi");
}

CAF_TEST(close says nothing and lets the owner go) {
  redis_process server;
  for (const bool subscribed : {false, true}) {
    listener sub{*this, at(server)};
    if (subscribed)
      CAF_CHECK_EQUAL(sub.next(), "connected");
    sub.link->close();
    redis_client{server}.publish("news", "hi");
    CAF_CHECK(sub.quiet());
    sub.owner = nullptr;
    CAF_CHECK_EQUAL(sub.next(), "gone");
    sub.events->push_back("gone");  // for the destructor
  }
}

CAF_TEST(it may be destroyed in any state) {
  redis_process server;
  auto by_name = at(server);
  by_name.host = "localhost";
  for (const auto& where : {at(server), by_name})
    for (int steps = 0; steps < 12; ++steps) {
      listener sub{*this, where};
      for (int i = 0; i < steps; ++i)
        io.run_one_for(5ms);
      sub.link.reset();
    }
}

CAF_TEST(the io context may end with handlers in flight) {
  redis_process server;
  listener sub{*this, at(server)};
  for (const bool close_first : {true, false}) {
    std::optional<asio::io_context> other{1};
    std::optional<redis_connection> link;
    link.emplace(*other, at(server));
    link->connect(sub.owner);
    other->poll();
    if (!close_first)
      link.reset();
    else
      link->close();
    other.reset();
  }
  CAF_CHECK_EQUAL(sub.next(), "connected");
}

CAF_TEST_FIXTURE_SCOPE_END()
