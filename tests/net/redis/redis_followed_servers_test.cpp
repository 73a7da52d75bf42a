#define CAF_SUITE redis_followed_servers
#include "tests/net/redis/redis_servers_fixture.hpp"

using namespace ability;
using namespace ability::test;

CAF_TEST_FIXTURE_SCOPE(redis_followed_servers_tests, servers_fixture)

// -- channels ---

CAF_TEST(a channel is followed at the server of its slot) {
  open();
  uut->subscribe("early" + key);
  uut->subscribe("early" + other);
  until([&] { return followed.size() == 2; });
  CAF_CHECK(a.subscribed == texts{"ssubscribe early" + key});
  CAF_CHECK(b.subscribed == texts{"ssubscribe early" + other});
  b.say(scripted_redis::list(
      {scripted_redis::text("smessage"), scripted_redis::text("early" + other), scripted_redis::text("news")}));
  until([&] { return !published.empty(); });
  CAF_CHECK(published == texts{"early" + other + " news"});
}

CAF_TEST(a channel that is asked for before the map is known is followed later) {
  open_at(cluster, {});
  uut->subscribe(key);
  until([&] { return followed[key] > 0; });
}

CAF_TEST(a channel moves with its slot) {
  open();
  uut->subscribe(key);
  until([&] { return followed[key] > 0; });
  const auto before = followed[key];
  give_all_to(b);
  a.say(scripted_redis::list(
      {scripted_redis::text("sunsubscribe"), scripted_redis::text(key), scripted_redis::number(0)}));
  until([&] { return followed[key] > before && !b.subscribed.empty(); });
  CAF_CHECK(b.subscribed == texts{"ssubscribe " + key});
}

CAF_TEST(a channel that is asked for at the wrong server is asked for at the right one) {
  open();
  give_all_to(b);
  a.subscription_error = "MOVED " + slot(key) + to(b);
  uut->subscribe(key);
  until([&] { return followed[key] > 0; });
  CAF_CHECK(b.subscribed == texts{"ssubscribe " + key});
}

CAF_TEST(a channel that is refused is asked for again) {
  open();
  a.subscription_error = "CLUSTERDOWN Hash slot not served";
  uut->subscribe(key);
  const auto maps = counters.maps.get();
  until([&] { return counters.maps.get() > maps; });
  CAF_CHECK_EQUAL(followed[key], 0);
  a.subscription_error.clear();
  until([&] { return followed[key] > 0; });
}

CAF_TEST(what a lost server had is followed at its heir) {
  open();
  uut->subscribe(key);
  until([&] { return followed[key] > 0; });
  give_all_to(b);
  a.stop();
  until([&] { return !b.subscribed.empty(); });
  CAF_CHECK(b.subscribed == texts{"ssubscribe " + key});
  uut->unsubscribe(key);
  until([&] { return b.subscribed.back() == "sunsubscribe " + key; });
}

// -- one key of a cluster ---

CAF_TEST(a pipeline for one key goes where the key goes) {
  cluster.key = key;
  client one{*this, cluster};
  one.until_up();
  one.ask(command({"GET", key}));
  CAF_CHECK(got(a, {"GET " + key}));
  give_all_to(b);
  a.answers = [this](const std::string&) { return scripted_redis::error("MOVED " + slot(key) + to(b)); };
  CAF_CHECK(one.ask(command({"GET", key})).is_error());
  one.until_up();
  one.ask(command({"GET", key}));
  CAF_CHECK(got(b, {"GET " + key}));
}

CAF_TEST(a channel of one key goes where the key goes) {
  cluster.key = key;
  redis_channels one{io,
                     cluster,
                     counters,
                     random,
                     {.subscribed = [this](const std::string& channel) { ++followed[channel]; },
                      .published = [](const std::string&, std::string&) {},
                      .up = [] {},
                      .down = [](const std::string&) {}}};
  one.open();
  one.subscribe(key);
  until([&] { return followed[key] == 1; });
  CAF_CHECK(a.subscribed == texts{"ssubscribe " + key});
  give_all_to(b);
  a.say(scripted_redis::list(
      {scripted_redis::text("sunsubscribe"), scripted_redis::text(key), scripted_redis::number(0)}));
  until([&] { return followed[key] == 2; });
  CAF_CHECK(b.subscribed == texts{"ssubscribe " + key});
}

CAF_TEST(a key without a server is told) {
  cluster.key = other;
  a.slots = {{0, half - 1, a.port()}};
  client one{*this, cluster};
  until([&] { return !one.events.empty(); });
  CAF_CHECK_EQUAL(one.events.front(), "down no server of the Redis Cluster has " + other);
}

// -- one server ---

CAF_TEST(one server has all keys) {
  open_at(at(a.port()), {.answer_timeout = 5s});
  until_up();
  CAF_CHECK(!uut->is_sharded());
  send("1", key);
  send("2", other);
  until_answered(2);
  CAF_CHECK(got(a, {"RUN 1", "RUN 2"}));
  uut->subscribe("news");
  until([&] { return followed["news"] > 0; });
  CAF_CHECK(a.subscribed == texts{"subscribe news"});
}

CAF_TEST(what was on its way to one server is repeated in order) {
  open_at(at(a.port()), {.answer_timeout = 5s});
  until_up();
  a.answers = [](const std::string&) { return std::nullopt; };
  send("1", key);
  send("2", other);
  until([&] { return a.held() == 2; });
  a.got.clear();
  a.answers = [](const std::string&) { return std::optional<std::string>{"+OK\r\n"}; };
  a.cut();
  until([&] { return !uut->is_up(); });
  send("refused", key);
  CAF_CHECK_EQUAL(answers.back(), "refused away");
  until_up();
  send("3", key);
  until_answered(4);
  CAF_CHECK(got(a, {"RUN 1!", "RUN 2!", "RUN 3"}));
}

CAF_TEST(one server of a cluster tells that it has not all) {
  open_at(at(a.port()), {.answer_timeout = 5s});
  until_up();
  a.answers = [this](const std::string&) { return scripted_redis::error("MOVED " + slot(key) + to(b)); };
  send("1", key);
  until_answered(1);
  CAF_CHECK_EQUAL(answers.front(), "1 MOVED " + slot(key) + to(b));
}

CAF_TEST_FIXTURE_SCOPE_END()
