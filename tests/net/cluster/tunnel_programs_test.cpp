// Labels: hardened
#define CAF_SUITE tunnel_programs
#include "tests/net/cluster/tunnel_program.hpp"
#include "tests/net/cluster/tunnel_raw.hpp"

using namespace ability;
using namespace ability::test;

namespace {

tunnel_settings watched(const std::string& name) {
  auto made = tunnel_node::plain(name);
  made.cluster.reset();
  made.secret.clear();
  made.monitor = tunnel_address{"127.0.0.1", 0};
  return made;
}

struct fixture {
  tunnel_node b{watched("b")};
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(tunnel_programs_tests, fixture)

CAF_TEST(a stock program attaches and asks) {
  program<> one;
  CAF_REQUIRE(one.attach(b));
  CAF_CHECK(one.ask("status") == "status {}");
  CAF_CHECK(one.ask("long", std::string(60'000, 'x')) == "long " + std::string(60'000, 'x'));
  CAF_CHECK(b.notes->count("attached") == 1);
}

CAF_TEST(several programs have a monitor session each) {
  program<> one;
  program<> two;
  CAF_REQUIRE(one.attach(b));
  CAF_REQUIRE(two.attach(b));
  CAF_CHECK(one.node != two.node);
  CAF_CHECK(one.ask("first") == "first {}");
  CAF_CHECK(two.ask("second") == "second {}");
  CAF_CHECK(b.notes->count("attached") == 2);
}

CAF_TEST(a monitor session hears once that its program has ended) {
  {
    raw_client one{b.monitor_port()};
    CAF_REQUIRE(one.send(basp_hello()));
    CAF_REQUIRE(!b.notes->await("attached").empty());
    CAF_REQUIRE(one.read(basp_header_size).size() == basp_header_size);
    one.end();
    CAF_CHECK(one.await_end());
  }
  CAF_CHECK(b.notes->await("closed ") == "the other end closed the connection");
  CAF_CHECK(b.notes->await("gone") == " ");
  CAF_CHECK(b.close());
  CAF_CHECK(b.notes->count("closed ") == 1);
}

CAF_TEST(the answer to what has it closed arrives) {
  program<> one;
  CAF_REQUIRE(one.attach(b));
  CAF_CHECK(one.ask("CLOSE") == "CLOSE {}");
  CAF_CHECK(one.await_down());
  program<> two;
  CAF_REQUIRE(two.attach(b));
  CAF_CHECK(two.ask("QUIT") == "QUIT {}");
  CAF_CHECK(two.await_down());
}

CAF_TEST(a program is let go when the node stops) {
  program<> one;
  CAF_REQUIRE(one.attach(b));
  CAF_CHECK(b.close());
  CAF_CHECK(b.notes->await("closed ") == "this node stops");
  CAF_CHECK(one.await_down());
}

CAF_TEST(what is not text does not reach the session) {
  program<> one;
  CAF_REQUIRE(one.attach(b));
  caf::anon_send(one.node, 42);
  caf::anon_send_exit(one.node, caf::exit_reason::kill);
  caf::anon_send(one.node, caf::exit_msg{one.node.address(), caf::exit_reason::kill});
  CAF_CHECK(one.ask("status") == "status {}");
  CAF_CHECK(b.notes->count("gone") == 0);
  CAF_CHECK(b.uut->counters().dropped.get() >= 1);
}

CAF_TEST(a message that is too long ends the connection) {
  program<> one;
  CAF_REQUIRE(one.attach(b));
  caf::anon_send(one.node, std::string{"long"}, std::string(70'000, 'x'));
  CAF_CHECK(one.await_down());
  CAF_CHECK(b.await_refused(tunnel_refusal::malformed));
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(without an address for them programs come to that of nodes) {
  tunnel_node b{tunnel_node::plain("b")};
  tunnel_node a{tunnel_node::plain("a")};
  program<> one;
  CAF_REQUIRE(one.take(one.system.middleman().remote_actor("127.0.0.1", b.port())));
  CAF_CHECK(one.ask("status") == "status {}");
  CAF_CHECK(linked(a, b));
}

CAF_TEST(only so many programs may ask and who has yet to ask takes no place) {
  auto settings = watched("b");
  settings.limits.programs = 1;
  tunnel_node b{settings};
  program<> stranger;
  CAF_REQUIRE(stranger.attach(b));
  CAF_CHECK(stranger.ask("STRANGER") == "STRANGER {}");
  program<> two;
  {
    program<> one;
    CAF_REQUIRE(one.attach(b));
    CAF_CHECK(one.ask("status") == "status {}");
    CAF_REQUIRE(two.attach(b));
    CAF_CHECK(two.ask("status") == "status {}");
    CAF_CHECK(two.await_down());
    CAF_CHECK(b.refused(tunnel_refusal::other) == 1);
    CAF_CHECK(one.ask("status") == "status {}");
  }
  // The other program's place is free once its last bytes have left.
  CAF_CHECK(!b.notes->await("closed ", 2).empty());
  const auto deadline = std::chrono::steady_clock::now() + patience;
  bool admitted = false;
  while (!admitted && std::chrono::steady_clock::now() < deadline) {
    const auto before = b.refused(tunnel_refusal::other);
    program<> next;
    CAF_REQUIRE(next.attach(b));
    CAF_CHECK(next.ask("status") == "status {}");
    admitted = b.refused(tunnel_refusal::other) == before;
  }
  CAF_CHECK(admitted);
  CAF_CHECK(stranger.ask("STRANGER") == "STRANGER {}");
}

CAF_TEST(connections that begin like a program and say nothing more leave room for one that does) {
  tunnel_node b{watched("b")};
  std::vector<std::unique_ptr<raw_client>> garbage;
  for (auto i = 0; i < 600; ++i) {
    garbage.push_back(std::make_unique<raw_client>(b.monitor_port()));
    garbage.back()->send('\x01' + std::string(60, '\0'));
  }
  CAF_CHECK(b.await_refused(tunnel_refusal::malformed, 600));
  CAF_CHECK(b.notes->count("attached") == 0);
  program<> one;
  CAF_REQUIRE(one.attach(b));
  CAF_CHECK(one.ask("status") == "status {}");
}

CAF_TEST(programs that ask nothing leave room for one that does) {
  auto settings = watched("b");
  settings.limits.handshakes = 50;
  tunnel_node b{settings};
  std::vector<std::unique_ptr<raw_client>> silent;
  for (auto i = 0; i < 600; ++i) {
    silent.push_back(std::make_unique<raw_client>(b.monitor_port()));
    silent.back()->send(basp_hello());
  }
  CAF_CHECK(b.await_refused(tunnel_refusal::crowded_out, 550));
  program<> one;
  CAF_REQUIRE(one.attach(b));
  CAF_CHECK(one.ask("status") == "status {}");
  CAF_CHECK(b.refused(tunnel_refusal::other) == 0);
}

CAF_TEST(reading stops while a monitor session does not handle what came) {
  auto settings = watched("b");
  settings.limits.program_messages = 5;
  tunnel_node b{settings, {.handle = false}};
  program<> one;
  CAF_REQUIRE(one.attach(b));
  const auto send = [&](const std::string& what) { caf::anon_send(one.node, what, std::string(60'000, 'x')); };
  for (int i = 0; i < 50; ++i)
    send("many");
  CAF_CHECK(!b.notes->await("asked many", 6).empty());
  // Up to one piece beyond the bound may have been read by then.
  const auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() < begin + 4s && b.notes->count("asked many") <= 8)
    std::this_thread::sleep_for(10ms);
  CAF_CHECK(b.notes->count("asked many") <= 8);
  // This took longer than CAF waits for a silent peer.
  CAF_CHECK(b.notes->count("closed ") == 0);
  CAF_CHECK(b.close());
}

CAF_TEST(a connection whose messages are not handled for too long is closed) {
  auto settings = watched("b");
  settings.limits.program_messages = 5;
  settings.limits.stalled = 700ms;
  tunnel_node b{settings, {.handle = false}};
  program<> one;
  CAF_REQUIRE(one.attach(b));
  for (int i = 0; i < 10; ++i)
    caf::anon_send(one.node, std::string{"many"}, std::string{"{}"});
  CAF_CHECK(b.notes->await("closed ") == "its messages were not handled for too long");
}

CAF_TEST(reading goes on when messages are handled) {
  auto settings = watched("b");
  settings.limits.program_messages = 5;
  settings.limits.stalled = 3s;
  tunnel_node b{settings};
  program<> one;
  CAF_REQUIRE(one.attach(b));
  for (int i = 0; i < 300; ++i)
    caf::anon_send(one.node, std::string{"many"}, std::string(50'000, 'x'));
  CAF_CHECK(!b.notes->await("asked many", 300).empty());
  CAF_CHECK(b.notes->count("closed ") == 0);
}
