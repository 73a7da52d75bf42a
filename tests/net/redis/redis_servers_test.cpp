#define CAF_SUITE redis_servers
#include "tests/net/redis/redis_servers_fixture.hpp"

using namespace ability;
using namespace ability::test;

CAF_TEST_FIXTURE_SCOPE(redis_servers_tests, servers_fixture)

// -- the servers of a cluster ---

CAF_TEST(each order goes to the server that has its key) {
  open();
  CAF_CHECK(uut->is_sharded());
  send("1", key);
  send("2", other);
  uut->send(other, command({"GET", "x"}), [this](const redis_result<redis_value>&) { answers.push_back("plain"); });
  until_answered(3);
  CAF_CHECK(got(a, {"RUN 1"}));
  CAF_CHECK(got(b, {"RUN 2", "GET x"}));
  CAF_CHECK_EQUAL(run_ids["2"], "run-of-" + std::to_string(b.port()));
  CAF_CHECK_EQUAL(counters.servers.get(), 2U);
}

CAF_TEST(before the map is known orders are away) {
  cluster.cluster = {{"127.0.0.1", free_port()}};
  open_at(cluster, {});
  CAF_CHECK(uut->refuses() == redis_failure::away);
  send("1", key);
  CAF_CHECK(answers == texts{"1 away"});
  until([&] { return counters.map_failures.get() > 1; });
  CAF_CHECK(reasons.back().find("Connection refused") != std::string::npos);
  CAF_CHECK(!uut->is_up());
}

CAF_TEST(each server that is named is asked for the map) {
  cluster.cluster = {{"127.0.0.1", free_port()}, {"127.0.0.1", b.port()}};
  open();
  CAF_CHECK_EQUAL(counters.map_failures.get(), 0U);
}

CAF_TEST(a server without a cluster is told) {
  const redis_process alone;
  cluster.cluster = {{"127.0.0.1", alone.port()}};
  open_at(cluster, {});
  until([&] { return !reasons.empty(); });
  CAF_CHECK(reasons.front().find("CLUSTER refused: ERR This instance has cluster support disabled") !=
            std::string::npos);
}

CAF_TEST(slots without a server are told) {
  a.slots = b.slots = {{0, half - 1, a.port()}};
  open_at(cluster, {});
  until([&] { return !reasons.empty() && reasons.back() == "some slots of the Redis Cluster have no server"; });
  until([&] { return !uut->refuses(); });
  CAF_CHECK(!uut->is_up());
  send("1", other);
  CAF_CHECK(answers == texts{"1 away"});
  send("2", key);
  until_answered(2);
}

CAF_TEST(the bound is that of each server) {
  open({.max_commands = 2, .answer_timeout = 5s});
  a.answers = [](const std::string&) { return std::nullopt; };
  for (const char* each : {"1", "2", "3"})
    send(each, key);
  CAF_CHECK(answers == texts{"3 full"});
  send("4", other);
  until_answered(2);
  CAF_CHECK_EQUAL(answers.back(), "4 OK");
}

// -- slots that move ---

CAF_TEST(a slot that has moved is followed and its orders keep their order) {
  open();
  give_all_to(b);
  a.answers = [this](const std::string&) { return scripted_redis::error("MOVED " + slot(key) + to(b)); };
  for (const char* each : {"1", "2", "3"})
    send(each, key);
  until_answered(3);
  CAF_CHECK(answers == (texts{"1 OK", "2 OK", "3 OK"}));
  CAF_CHECK(got(a, {"RUN 1", "RUN 2", "RUN 3"}));
  CAF_CHECK(got(b, {"RUN 1", "RUN 2", "RUN 3"}));
  CAF_CHECK_EQUAL(run_ids["1"], "run-of-" + std::to_string(b.port()));
  CAF_CHECK_EQUAL(counters.moved.get(), 3U);
  CAF_CHECK_EQUAL(counters.waiting.get(), 0U);
}

CAF_TEST(no order overtakes one whose answer is on its way) {
  open({.answer_timeout = 5s});
  give_all_to(b);
  a.answers = [this](const std::string& what) {
    return what == "RUN 2" ? std::nullopt : std::optional{scripted_redis::error("MOVED " + slot(key) + to(b))};
  };
  send("1", key);
  send("2", key);
  until([&] { return counters.moved.get() == 1 && a.held() == 1; });
  send("3", key);
  io.poll();
  CAF_CHECK(got(b, {}));
  CAF_CHECK_EQUAL(counters.waiting.get(), 2U);
  a.reply("+first\r\n");
  until_answered(3);
  CAF_CHECK(answers == (texts{"2 first", "1 OK", "3 OK"}));
  CAF_CHECK(got(b, {"RUN 1", "RUN 3"}));
}

CAF_TEST(after a redirect the map is read) {
  open();
  const auto maps = counters.maps.get();
  a.answers = [this](const std::string&) { return scripted_redis::error("MOVED " + slot(key) + to(b)); };
  give_all_to(b);
  send("1", key);
  until_answered(1);
  until([&] { return counters.maps.get() > maps; });
  a.got.clear();
  send("2", key_in(true, 1));
  until_answered(2);
  CAF_CHECK(got(a, {}));
  until([&] { return counters.servers.get() == 1; });
}

CAF_TEST(redirects in a circle end) {
  open({.answer_timeout = 5s});
  a.answers = [this](const std::string&) { return scripted_redis::error("MOVED " + slot(key) + to(b)); };
  b.answers = [this](const std::string&) { return scripted_redis::error("MOVED " + slot(key) + to(a)); };
  send("1", key);
  until_answered(1);
  CAF_CHECK(answers.front().starts_with("1 MOVED "));
  CAF_CHECK_EQUAL(a.got.size() + b.got.size(), redis_servers::max_redirects + 1U);
}

CAF_TEST(keys that are on their way are asked for one order after the other) {
  open();
  a.answers = [this](const std::string&) { return scripted_redis::error("ASK " + slot(key) + to(b)); };
  send("1", key);
  send("2", key);
  until_answered(2);
  CAF_CHECK(answers == (texts{"1 OK", "2 OK"}));
  CAF_CHECK(got(b, {"ASKING", "RUN 1", "ASKING", "RUN 2"}));
  CAF_CHECK_EQUAL(counters.asked.get(), 2U);
  a.answers = [](const std::string&) { return std::optional<std::string>{"+back\r\n"}; };
  send("3", key);
  until_answered(3);
  CAF_CHECK_EQUAL(answers.back(), "3 back");
}

CAF_TEST(keys of which a part is on its way are tried again) {
  open();
  int tries = 0;
  a.answers = [&](const std::string& what) {
    return std::optional<std::string>{what == "RUN 1" && ++tries < 4 ? "-TRYAGAIN Multiple keys\r\n" : "+OK\r\n"};
  };
  send("1", key);
  until([&] { return counters.tried_again.get() == 1; });
  send("2", key);
  until_answered(2);
  CAF_CHECK(got(a, {"RUN 1", "RUN 1", "RUN 1", "RUN 1", "RUN 2"}));
  CAF_CHECK(answers == (texts{"1 OK", "2 OK"}));
}

CAF_TEST(keys that stay on their way are given up) {
  open({.answer_timeout = 300ms});
  a.answers = [](const std::string&) { return std::optional<std::string>{"-TRYAGAIN Multiple keys\r\n"}; };
  send("1", key);
  send("2", key);
  until_answered(2);
  CAF_CHECK(answers == (texts{"1 moved", "2 moved"}));
  CAF_CHECK_EQUAL(counters.waiting.get(), 0U);
}

CAF_TEST(a cluster that is down refuses and is looked at) {
  open();
  a.answers = [](const std::string&) { return std::optional<std::string>{"-CLUSTERDOWN The cluster is down\r\n"}; };
  const auto maps = counters.maps.get();
  send("1", key);
  until_answered(1);
  CAF_CHECK_EQUAL(answers.front(), "1 CLUSTERDOWN The cluster is down");
  until([&] { return counters.maps.get() > maps; });
}

// -- servers that are lost ---

CAF_TEST(what was on its way to a lost server is repeated at its heir) {
  open({.answer_timeout = 5s});
  a.answers = [](const std::string&) { return std::nullopt; };
  send("1", key);
  send("asked", key, false);
  send("2", key);
  until([&] { return a.held() == 3; });
  give_all_to(b);
  a.stop();
  until_answered(3);
  CAF_CHECK(answers == (texts{"asked no_answer", "1 OK", "2 OK"}));
  CAF_CHECK(got(b, {"RUN 1!", "RUN 2!"}));
  CAF_CHECK_EQUAL(counters.repeated.get(), 2U);
  until_up();
}

CAF_TEST(what a lost server had is away until it has an heir) {
  open();
  a.stop();
  until([&] { return !uut->is_up() && reasons.size() - std::ranges::count(reasons, "") >= 2; });  // both connections
  send("1", key);
  send("2", other);
  CAF_CHECK(answers == texts{"1 away"});
  until_answered(2);
  CAF_CHECK(!uut->refuses());
  give_all_to(b);
  until_up();
  send("3", key);
  until_answered(3);
  CAF_CHECK_EQUAL(answers.back(), "3 OK");
}

CAF_TEST(an answer that is lost for long is given up) {
  open({.answer_timeout = 300ms});
  a.answers = [](const std::string&) { return std::nullopt; };
  send("1", key);
  until([&] { return a.held() == 1; });
  a.stop();
  until_answered(1);
  CAF_CHECK(answers == texts{"1 no_answer"});
}

CAF_TEST(a script that a server does not have is sent with the order kept) {
  open();
  a.answers = [](const std::string& what) {
    return std::optional<std::string>{what.ends_with('+') ? "+OK\r\n" : "-NOSCRIPT No matching script\r\n"};
  };
  send("1", key);
  send("2", key);
  until_answered(2);
  CAF_CHECK(got(a, {"RUN 1", "RUN 2", "RUN 1+", "RUN 2+"}));
  CAF_CHECK(answers == (texts{"1 OK", "2 OK"}));
}

CAF_TEST(the end answers all) {
  open();
  a.answers = [](const std::string&) { return std::nullopt; };
  b.answers = [](const std::string&) { return std::optional<std::string>{"-TRYAGAIN Multiple keys\r\n"}; };
  send("1", key);
  send("2", other);
  until([&] { return a.held() == 1 && counters.tried_again.get() > 0 && counters.waiting.get() == 1; });
  uut->close();
  CAF_CHECK(answers == (texts{"1 no_answer", "2 away"}));
  send("3", key);
  CAF_CHECK_EQUAL(answers.back(), "3 away");
  uut.reset();
  CAF_CHECK_EQUAL(counters.under_way.get(), 0U);
  CAF_CHECK_EQUAL(counters.waiting.get(), 0U);
}

CAF_TEST_FIXTURE_SCOPE_END()
