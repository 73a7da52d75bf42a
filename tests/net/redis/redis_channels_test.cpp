#define CAF_SUITE redis_channels
#include "net/redis/redis_channels.hpp"

#include <map>

#include "tests/net/redis/redis_pipeline_fixture.hpp"

using namespace ability;
using namespace ability::test;

namespace {

struct channels_fixture : pipeline_fixture {
  struct follower {
    follower(channels_fixture& where, const redis_endpoint& server)
        : channels{where.io,
                   server,
                   counters,
                   where.random,
                   {.subscribed = [this](const std::string& channel) { ++confirmed[channel]; },
                    .published = [this](const std::string& channel,
                                        std::string& text) { got.push_back(channel + " " + text); },
                    .up = [] {},
                    .down = [this](const std::string& why) { lost.push_back(why); },
                    .refused = [this](const std::string& error) { refused.push_back(error); }}} {
      channels.open();
    }

    redis_counters counters;
    std::map<std::string, int> confirmed;
    std::vector<std::string> got;
    std::vector<std::string> lost;
    std::vector<std::string> refused;
    redis_channels channels;
  };
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(redis_channels_tests, channels_fixture)

CAF_TEST(what is published behind the confirmation comes in order) {
  const redis_process server;
  redis_client publisher{server};
  follower uut{*this, at(server)};
  uut.channels.subscribe("early");
  until([&] { return uut.confirmed["early"] == 1; });
  uut.channels.subscribe("late");
  until([&] { return uut.confirmed["late"] == 1; });
  publisher.publish("early", "1");
  publisher.publish("late", "2");
  publisher.publish("other", "3");
  publisher.publish("early", "4");
  until([&] { return uut.got.size() == 3; });
  CAF_CHECK(uut.got == (std::vector<std::string>{"early 1", "late 2", "early 4"}));
}

CAF_TEST(many channels are subscribed together) {
  const redis_process server;
  follower uut{*this, at(server)};
  until([&] { return uut.channels.is_up(); });
  for (int i = 0; i < 1'000; ++i)
    uut.channels.subscribe("channel " + std::to_string(i));
  until([&] { return uut.confirmed.size() == 1'000; });
}

CAF_TEST(nothing comes behind an unsubscribe) {
  const redis_process server;
  redis_client publisher{server};
  follower uut{*this, at(server)};
  uut.channels.subscribe("a");
  uut.channels.subscribe("b");
  until([&] { return uut.confirmed.size() == 2; });
  uut.channels.unsubscribe("a");
  uut.channels.unsubscribe("b");
  uut.channels.subscribe("b");
  until([&] { return uut.confirmed["b"] == 2; });
  publisher.publish("a", "1");
  publisher.publish("b", "2");
  until([&] { return !uut.got.empty(); });
  CAF_CHECK(uut.got == std::vector<std::string>{"b 2"});
}

CAF_TEST(each channel is confirmed again after a loss) {
  std::optional<redis_process> server{std::in_place};
  const auto port = server->port();
  follower uut{*this, at(port)};
  uut.channels.subscribe("a");
  uut.channels.subscribe("b");
  until([&] { return uut.confirmed.size() == 2; });
  server.reset();
  until([&] { return !uut.lost.empty(); });
  uut.channels.subscribe("c");
  uut.channels.unsubscribe("b");
  server.emplace(std::vector<std::string>{}, port);
  until([&] { return uut.confirmed["a"] == 2 && uut.confirmed["c"] == 1; });
  CAF_CHECK_EQUAL(uut.confirmed["b"], 1);
  CAF_CHECK_EQUAL(uut.counters.connects.get(), 2U);
}

CAF_TEST(a silent server is given up) {
  const redis_process server;
  follower uut{*this, at(server)};
  uut.channels.subscribe("a");
  until([&] { return uut.confirmed["a"] == 1; });
  server.send_signal(SIGSTOP);
  until([&] { return !uut.lost.empty(); });
  CAF_CHECK(uut.lost[0].ends_with("no answer to PING in time"));
  server.send_signal(SIGCONT);
  until([&] { return uut.confirmed["a"] == 2; });
}

CAF_TEST(a server that refuses the channels is lost and told until it does not ) {
  const redis_process server;
  client one{*this, at(server)};
  one.until_up();
  one.ask(command({"ACL", "SETUSER", "ability", "on", ">pw", "+@all", "resetchannels"}));
  auto where = at(server);
  where.user = "ability";
  where.password = "pw";
  follower uut{*this, where};
  until([&] { return uut.channels.is_up(); });
  uut.channels.subscribe("a");
  until([&] { return uut.lost.size() == 3; });
  CAF_CHECK(!uut.channels.is_up());
  CAF_CHECK_NOT_EQUAL(uut.lost[0].find("a channel was refused: NOPERM"), std::string::npos);
  CAF_CHECK_NOT_EQUAL(uut.lost[2].find("SUBSCRIBE refused: NOPERM"), std::string::npos);
  one.ask(command({"ACL", "SETUSER", "ability", "&*"}));
  until([&] { return uut.confirmed["a"] > 0; });
  one.ask(command({"PUBLISH", "a", "1"}));
  until([&] { return !uut.got.empty(); });
  CAF_CHECK(uut.channels.is_up());
}

CAF_TEST(a message that is too long is told as missed and costs no connection) {
  const redis_process server;
  redis_client publisher{server};
  auto where = at(server);
  where.max_payload = 1;
  where.passes_over_long_texts = true;
  follower uut{*this, where};
  uut.channels.subscribe("a");
  until([&] { return uut.confirmed["a"] == 1; });
  publisher.publish("a", std::string(1'000'000, 'x'));
  publisher.publish("a", "1");
  until([&] { return !uut.got.empty(); });
  CAF_CHECK(uut.got == std::vector<std::string>{"a 1"});
  CAF_CHECK_EQUAL(uut.confirmed["a"], 2);
  CAF_CHECK(uut.lost.empty());
}

CAF_TEST_FIXTURE_SCOPE_END()
