#define CAF_SUITE redis_pipeline
#include "net/redis/redis_pipeline.hpp"

#include <algorithm>

#include "tests/net/redis/redis_pipeline_fixture.hpp"

using namespace ability;
using namespace ability::test;

CAF_TEST_FIXTURE_SCOPE(redis_pipeline_tests, pipeline_fixture)

CAF_TEST(replies come in the order of the commands) {
  const redis_process server;
  client uut{*this, at(server)};
  uut.until_up();
  CAF_CHECK(uut.pipeline.server().is_master);
  CAF_CHECK_EQUAL(uut.pipeline.server().run_id.size(), 40U);
  std::vector<std::int64_t> got;
  for (int i = 0; i < 1'000; ++i)
    uut.pipeline.send(command({"INCR", "n"}), [&](const redis_result<redis_value>& outcome) {
      got.push_back(std::get<redis_value>(outcome).number);
    });
  until([&] { return got.size() == 1'000; });
  CAF_CHECK(std::ranges::is_sorted(got));
  CAF_CHECK_EQUAL(got.back(), 1'000);
  CAF_CHECK_EQUAL(uut.counters.commands.get(), 1'000U);
  CAF_CHECK_EQUAL(uut.counters.under_way.get(), 0U);
}

CAF_TEST(replies of any form are read) {
  const redis_process server;
  client uut{*this, at(server)};
  uut.until_up();
  const auto nested = uut.ask(command({"EVAL", "return {1, {'a', {}, false}, redis.status_reply('FINE')}", "0"}));
  CAF_REQUIRE_EQUAL(nested.items.size(), 3U);
  CAF_CHECK_EQUAL(nested.items[0].number, 1);
  CAF_REQUIRE_EQUAL(nested.items[1].items.size(), 3U);
  CAF_CHECK_EQUAL(nested.items[1].items[0].text, "a");
  CAF_CHECK(nested.items[1].items[1].is_list());
  CAF_CHECK(nested.items[1].items[2].what == redis_value::kind::nil);
  CAF_CHECK_EQUAL(nested.items[2].text, "FINE");
  CAF_CHECK(uut.ask(command({"NONSENSE"})).is_error());
  CAF_CHECK_EQUAL(uut.counters.failed[static_cast<std::size_t>(redis_failure::other)].get(), 1U);
  CAF_CHECK_EQUAL(uut.ask(command({"ECHO", std::string(1'000'000, 'x')})).text.size(), 1'000'000U);
}

CAF_TEST(preparations are sent first and may fail) {
  const redis_process server;
  client uut{*this, at(server), {}, {command({"SET", "prepared", "yes"}), command({"NONSENSE"})}};
  uut.until_up();
  CAF_CHECK_EQUAL(uut.ask(command({"GET", "prepared"})).text, "yes");
}

CAF_TEST(without a connection commands fail at once) {
  client uut{*this, at(free_port())};
  CAF_CHECK_EQUAL(failure_in(uut.try_to(command({"PING"}))), redis_failure::away);
  until([&] { return uut.events.size() >= 2; });
  CAF_CHECK(uut.events[0].find("Connection refused") != std::string::npos);
  CAF_CHECK(uut.counters.failures.get() >= 2);
}

CAF_TEST(commands over a bound are refused until others are answered) {
  const redis_process server;
  client uut{*this, at(server), {.max_commands = 2}};
  CAF_CHECK(uut.pipeline.refuses() == redis_failure::away);
  uut.until_up();
  CAF_CHECK(!uut.pipeline.refuses());
  int answered = 0;
  for (int i = 0; i < 2; ++i)
    uut.pipeline.send(command({"PING"}), [&](const auto&) { ++answered; });
  CAF_CHECK(uut.pipeline.refuses() == redis_failure::full);
  CAF_CHECK_EQUAL(uut.counters.under_way.get(), 2U);
  until([&] { return answered == 2; });
  CAF_CHECK(!uut.pipeline.refuses());

  client narrow{*this, at(server), {.max_bytes = 100}};
  narrow.until_up();
  narrow.pipeline.send(command({"ECHO", std::string(200, 'x')}), [](const auto&) {});
  CAF_CHECK(narrow.pipeline.refuses() == redis_failure::full);
  CAF_CHECK(narrow.counters.bytes_under_way.get() > 200);
}

CAF_TEST(a command without an answer in time breaks the connection and those behind it) {
  const redis_process server;
  client uut{*this, at(server), {.answer_timeout = 200ms}};
  uut.until_up();
  server.send_signal(SIGSTOP);
  std::vector<redis_failure> failed;
  for (int i = 0; i < 2; ++i)
    uut.pipeline.send(command({"PING"}),
                      [&](const redis_result<redis_value>& outcome) { failed.push_back(failure_in(outcome)); });
  until([&] { return failed.size() == 2; });
  CAF_CHECK(failed == (std::vector{redis_failure::no_answer, redis_failure::no_answer}));
  CAF_CHECK(uut.events.back().ends_with("no answer in time"));
  server.send_signal(SIGCONT);
  uut.until_up();
  CAF_CHECK_EQUAL(uut.ask(command({"PING"})).text, "PONG");
}

CAF_TEST(a server that is back is found) {
  std::optional<redis_process> server{std::in_place};
  const auto port = server->port();
  client uut{*this, at(port)};
  uut.until_up();
  const auto before = uut.pipeline.server().run_id;
  server.reset();
  until([&] { return !uut.pipeline.is_up(); });
  server.emplace(std::vector<std::string>{}, port);
  uut.until_up();
  CAF_CHECK_NOT_EQUAL(uut.pipeline.server().run_id, before);
  CAF_CHECK_EQUAL(uut.counters.connects.get(), 2U);
}

CAF_TEST(a replica is not written to) {
  const redis_process master;
  const redis_process replica{{"--replicaof", "127.0.0.1 " + std::to_string(master.port())}};
  client uut{*this, at(replica)};
  until([&] { return !uut.events.empty(); });
  CAF_CHECK(uut.events[0].find("INFO says that the server is a replica") != std::string::npos);
}

CAF_TEST(a wrong password is told without it) {
  const redis_process server{{"--requirepass", "right"}};
  auto where = at(server);
  where.password = "wr0ng";
  client uut{*this, where};
  until([&] { return !uut.events.empty(); });
  CAF_CHECK(uut.events[0].find("AUTH refused: WRONGPASS") != std::string::npos);
  CAF_CHECK(uut.events[0].find("wr0ng") == std::string::npos);
  where.password = "right";
  where.database = 3;
  client other{*this, where};
  other.until_up();
  other.ask(command({"SET", "k", "v"}));
  CAF_CHECK_EQUAL(uut.counters.connects.get(), 0U);
}

CAF_TEST(closing answers what is under way) {
  const redis_process server;
  client uut{*this, at(server)};
  uut.until_up();
  std::vector<redis_failure> failed;
  uut.pipeline.send(command({"PING"}),
                    [&](const redis_result<redis_value>& outcome) { failed.push_back(failure_in(outcome)); });
  uut.pipeline.close();
  CAF_CHECK(failed == std::vector{redis_failure::no_answer});
  CAF_CHECK_EQUAL(failure_in(uut.try_to(command({"PING"}))), redis_failure::away);
}

CAF_TEST_FIXTURE_SCOPE_END()
