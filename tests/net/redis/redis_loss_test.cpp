// Labels: hardened
#define CAF_SUITE redis_loss
#include "tests/net/redis/redis_fixture.hpp"

using namespace ability;
using namespace ability::test;

CAF_TEST_FIXTURE_SCOPE(redis_loss_tests, redis_fixture)

CAF_TEST(a refused connection is told) {
  const auto port = free_port();
  CAF_CHECK_EQUAL(listener(*this, at(port)).lost(), text(port) + "Connection refused");
}

CAF_TEST(an unknown name is told) {
  auto where = at(6379);
  where.host = "nowhere.invalid";
  CAF_CHECK(listener(*this, where).lost().starts_with("nowhere.invalid:6379: "));
}

CAF_TEST(a server that never answers is given up) {
  fake_server server{io, [](auto) { return ""; }};
  listener sub{*this, at(server.port()), {.set_up = 50ms}};
  CAF_CHECK_EQUAL(sub.lost(), text(server.port()) + "no answer to SUBSCRIBE in time");
}

CAF_TEST(a server that is none of Redis is told and harms nobody) {
  const auto nested = "*1\r\n*1\r\n*1\r\n:1\r\n";
  for (std::string garbage :
       {"HTTP/1.1 400 Bad Request\r\n", "*0\r\n", "*2\r\n:1\r\n:2\r\n", "*2147483647\r\n", nested, ":1\r\n", "+OK\r\n",
        "$-1\r\n", "*-1\r\n", "$-7\r\n", ":x\r\n", "*3\r\n$-1\r\n$-1\r\n:1\r\n", "\r\n", "!"}) {
    fake_server early{io, [&](auto) { return garbage; }};
    const auto reason = listener{*this, at(early.port())}.lost();
    CAF_CHECK_EQUAL(reason.substr(0, reason.find(',')), text(early.port()) + "Protocol error");
  }
  for (std::string garbage : {"*0\r\n", "*2\r\n:1\r\n:2\r\n", "-ERR\r\n", ":1\r\n", "*1\r\n$7\r\nmessage\r\n",
                              "*3\r\n$7\r\nmessage\r\n:1\r\n:1\r\n", "$-1\r\n", "*2\r\n$4\r\npong\r\n$0\r\n\r\n"}) {
    fake_server late{
        io, [&](auto) { return confirmation + garbage + "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$2\r\nhi\r\n"; }};
    listener sub{*this, at(late.port())};
    CAF_CHECK_EQUAL(sub.next(), "connected");
    CAF_CHECK_EQUAL(sub.next(), "payload hi");
  }
}

CAF_TEST(a server that speaks RESP3 is told in every version of hiredis) {
  const std::string payload = "$7\r\nmessage\r\n$4\r\nnews\r\n$2\r\nhi\r\n";
  for (std::string reply :
       {std::string{",1.5\r\n"}, std::string{"#t\r\n"}, std::string{"(12345\r\n"}, std::string{"=6\r\ntxt:hi\r\n"},
        "~3\r\n" + payload, ">3\r\n" + payload, std::string{"%1\r\n$1\r\na\r\n$1\r\nb\r\n"},
        std::string{"*1\r\n,1.5\r\n"}, std::string{"*1\r\n#f\r\n"}}) {
    fake_server server{io, [&](auto) { return confirmation + reply; }};
    listener sub{*this, at(server.port())};
    CAF_CHECK_EQUAL(sub.next(), "connected");
    const auto reason = sub.lost();
    CAF_CHECK_EQUAL(reason.substr(0, reason.find(',')), text(server.port()) + "Protocol error");
  }
}

CAF_TEST(an answer that never ends is told and harms nobody) {
  for (const std::string& begin : {std::string{}, confirmation}) {
    fake_server server{io, [&](auto) { return begin + '+' + std::string(1'000'000, 'x'); }};
    listener sub{*this, at(server.port())};
    if (!begin.empty())
      CAF_CHECK_EQUAL(sub.next(), "connected");
    CAF_CHECK_EQUAL(sub.lost(), text(server.port()) + "Protocol error, got an answer without an end");
  }
  fake_server server{io, [&](auto) { return "$99999999\r\n" + std::string(1'000'000, 'x'); }};
  CAF_CHECK_EQUAL(listener(*this, at(server.port()), {.set_up = 1s}).lost(),
                  text(server.port()) + "no answer to SUBSCRIBE in time");
}

CAF_TEST(a text longer than any is told and not waited for) {
  for (const char* const length : {"4294967297", "18446744073709551613"}) {
    fake_server server{
        io, [&](auto) { return confirmation + "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$" + length + "\r\nabc"; }};
    listener sub{*this, at(server.port())};
    CAF_CHECK_EQUAL(sub.next(), "connected");
    CAF_CHECK_EQUAL(sub.lost(), text(server.port()) + "Protocol error, got a text of " + length +
                                    " bytes, more than Redis can hold");
  }
}

CAF_TEST(what a server says of the log in is told but not the password) {
  struct {
    std::string password, said, told;
  } const cases[]{
      {"hush", "ERR unknown command 'AUTH', with args beginning with: 'hush'", "ERR unknown command 'AUTH'"},
      {"hush", "ERR what is 'AUTH hush'?", "ERR what is 'AUTH ***'?"},
      {"*", "ERR what is 'AUTH *'?", "ERR what is 'AUTH ***'?"},
  };
  for (const auto& [password, said, told] : cases) {
    fake_server server{io, [answer = "-" + said + "\r\n"](auto) { return answer; }};
    auto where = at(server.port());
    where.password = password;
    CAF_CHECK_EQUAL(listener(*this, where).lost(), text(server.port()) + "AUTH refused: " + told);
  }
}

CAF_TEST(a server that is full is told) {
  redis_process server{{"--maxclients", "1"}};
  redis_client other{server};
  CAF_CHECK_EQUAL(other.run({"PING"}), "+PONG\r\n");
  for (int i = 0; i < 20; ++i)
    CAF_CHECK_EQUAL(listener(*this, at(server)).lost(),
                    text(server.port()) + "SUBSCRIBE refused: ERR max number of clients reached");
}

CAF_TEST(a crash of the server is told once and a new connect subscribes again) {
  redis_process server;
  listener sub{*this, at(server)};
  CAF_CHECK_EQUAL(sub.next(), "connected");
  server.kill();
  CAF_CHECK_EQUAL(sub.lost(), text(server.port()) + "Connection closed by the server");
  CAF_CHECK(sub.quiet());
  redis_process again{{}, server.port()};
  sub.link->connect(sub.owner);
  CAF_CHECK_EQUAL(sub.next(), "connected");
  redis_client{again}.publish("news", "hi");
  CAF_CHECK_EQUAL(sub.next(), "payload hi");
}

CAF_TEST(a loss lets the owner go) {
  listener sub{*this, at(free_port())};
  sub.owner = nullptr;
  CAF_CHECK(contains(sub.lost(), "Connection refused"));
  CAF_CHECK_EQUAL(sub.next(), "gone");
  sub.events->push_back("gone");  // for the destructor
}

CAF_TEST(a silent server is lost and a frozen one found again) {
  redis_process server;
  listener sub{*this, at(server), {.set_up = 1s, .beat = 50ms}};
  CAF_CHECK_EQUAL(sub.next(), "connected");
  server.send_signal(SIGSTOP);
  CAF_CHECK_EQUAL(sub.lost(), text(server.port()) + "no answer to PING in time");
  sub.link->connect(sub.owner);
  CAF_CHECK_EQUAL(sub.lost(), text(server.port()) + "no answer to SUBSCRIBE in time");
  sub.link->connect(sub.owner);
  server.send_signal(SIGCONT);
  CAF_CHECK_EQUAL(sub.next(), "connected");
}

CAF_TEST(a server with nothing to say is kept by its answers to PING) {
  redis_process server;
  redis_client client{server};
  listener sub{*this, at(server), {.beat = 50ms}};
  CAF_CHECK_EQUAL(sub.next(), "connected");
  while (!contains(client.run({"INFO", "commandstats"}), "cmdstat_ping:calls=9"))
    CAF_REQUIRE_EQUAL(io.run_one_for(10s), 1u);
  client.publish("news", "hi");
  CAF_CHECK_EQUAL(sub.next(), "payload hi");
}

CAF_TEST(a server that forbids PING to subscribers is kept by saying so) {
  int pings = 0;
  fake_server server{io, [&](std::string_view said) -> std::string {
                       if (!contains(said, "PING"))
                         return confirmation;
                       return ++pings < 9 ? "-ERR only SUBSCRIBE is allowed here\r\n"
                                          : "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$2\r\nhi\r\n";
                     }};
  listener sub{*this, at(server.port()), {.beat = 20ms}};
  CAF_CHECK_EQUAL(sub.next(), "connected");
  CAF_CHECK_EQUAL(sub.next(), "payload hi");
}

CAF_TEST_FIXTURE_SCOPE_END()
