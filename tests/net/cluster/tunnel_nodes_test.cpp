// Labels: threads
#define CAF_SUITE tunnel_nodes
#include "tests/net/cluster/tunnel_fixture.hpp"

using namespace ability;
using namespace ability::test;

namespace {

struct fixture {
  tunnel_node a{tunnel_node::plain("a")};
  tunnel_node b{tunnel_node::plain("b")};
};

std::string nobody() {
  tunnel_node gone{tunnel_node::plain("gone")};
  return gone.address();
}

}  // namespace

CAF_TEST_FIXTURE_SCOPE(tunnel_nodes_tests, fixture)

CAF_TEST(two nodes greet each other and their links talk) {
  CAF_REQUIRE(linked(a, b));
  CAF_CHECK(a.notes->await("answers b 1") == " ");
  CAF_CHECK(b.notes->await("knocks a") == " ");
  a.tell_link("hello");
  CAF_CHECK(b.notes->await("packet ") == "hello");
  b.tell_link("hello, too");
  CAF_CHECK(a.notes->await("packet ") == "hello, too");
  const std::string large(1'000'000, 'x');
  a.tell_link(large);
  CAF_CHECK(b.notes->await("packet ", 2) == large.substr(0, 64));
}

CAF_TEST(each end hears once that the connection is closed) {
  CAF_REQUIRE(linked(a, b));
  a.tell_link("hello");
  CAF_CHECK(b.notes->await("packet ") == "hello");
  a.tell_link("CLOSE");
  CAF_CHECK(a.notes->await("closed ") == "as it was told");
  CAF_CHECK(b.notes->await("closed ") == "the other end closed the connection");
  CAF_CHECK(a.close());
  CAF_CHECK(b.close());
  CAF_CHECK(a.notes->count("closed ") == 1);
  CAF_CHECK(b.notes->count("closed ") == 1);
}

CAF_TEST(what was sent before closing arrives) {
  for (std::size_t i = 1; i <= 5; ++i) {
    CAF_REQUIRE(linked(a, b, i));
    a.tell_link("first", i - 1);
    CAF_CHECK(b.notes->await("packet first", i) == " ");
    b.tell_link("last", i - 1);
    b.tell_link("CLOSE", i - 1);
    CAF_CHECK(a.notes->await("packet last", i) == " ");
  }
}

CAF_TEST(a link that ends takes its connection with it) {
  CAF_REQUIRE(linked(a, b));
  a.tell_link("QUIT");
  CAF_CHECK(a.notes->await("gone") == " ");
  CAF_CHECK(b.notes->await("closed ") == "the other end closed the connection");
}

CAF_TEST(what does not close in time is cut) {
  CAF_REQUIRE(linked(a, b));
  std::promise<void> wakes;
  boost::asio::post(b.home.io(), [asleep = wakes.get_future().share()] { asleep.wait(); });
  auto none_open = std::make_shared<std::promise<void>>();
  auto ended = none_open->get_future();
  a.on_lane([&] { a.uut->close([none_open] { none_open->set_value(); }); });
  CAF_CHECK(ended.wait_for(0s) == std::future_status::timeout);
  a.on_lane([&] { a.uut->cut(); });
  // The lane's own posts may come after the first one of another thread.
  a.on_lane([] {});
  a.on_lane([] {});
  CAF_CHECK(ended.wait_for(0s) == std::future_status::ready);
  wakes.set_value();
}

CAF_TEST(several links do not mix) {
  tunnel_node c{tunnel_node::plain("c")};
  CAF_REQUIRE(linked(a, c));
  CAF_REQUIRE(linked(b, c));
  c.dial(a.address());
  CAF_CHECK(!a.notes->await("connected from ").empty());
  a.tell_link("of a");
  CAF_CHECK(c.notes->await("packet of a") == " ");
  b.tell_link("of b");
  CAF_CHECK(c.notes->await("packet of b") == " ");
  c.tell_link("back", 1);
  CAF_CHECK(b.notes->await("packet back") == " ");
  CAF_CHECK(a.notes->count("packet ") == 0);
}

CAF_TEST(a node that the cluster does not want is told why) {
  tunnel_node c{tunnel_node::plain("c"), {.refuse = "full"}};
  a.dial(c.address());
  CAF_CHECK(a.notes->await("closed ") == "full: cannot link to " + c.address() + ": not wanted");
  c.dial(a.address());
  CAF_CHECK(c.notes->await("answers a 1") == " ");
  CAF_CHECK(c.close());
  CAF_CHECK(a.close());
  CAF_CHECK(a.notes->count("knocks ") == 0);
}

CAF_TEST(a door that nobody decides about stays shut) {
  tunnel_node c{tunnel_node::plain("c"), {.let_go = true}};
  a.dial(c.address());
  CAF_CHECK(contains(a.notes->await("closed "), "stopping: "));
}

CAF_TEST(a decision that comes too late is answered) {
  auto hasty = tunnel_node::plain("c");
  hasty.limits.handshake = 200ms;
  tunnel_node c{hasty, {.hesitate = true}};
  a.dial(c.address());
  CAF_CHECK(!a.notes->await("closed ").empty());
  caf::anon_send(c.cluster, dial_due{});
  CAF_CHECK(c.notes->await("closed ") == "the connection ended during its handshake");
  c.dial(a.address());
  CAF_CHECK(!c.notes->await("answers a").empty());
  CAF_CHECK(c.await_refused(tunnel_refusal::handshake_timeout));
}

CAF_TEST(an empty secret does not replace that of nodes) {
  a.on_lane([&] { a.uut->use({}, ""); });
  CAF_CHECK(linked(a, b));
}

CAF_TEST(nodes with different secrets do not link) {
  auto other = tunnel_node::plain("c");
  other.secret = "guessed";
  tunnel_node c{other};
  c.dial(a.address());
  CAF_CHECK(contains(c.notes->await("closed "), "wrong_secret: cannot link to " + a.address()));
  CAF_CHECK(a.await_refused(tunnel_refusal::wrong_secret));
  CAF_CHECK(a.notes->count("knocks") == 0);
}

CAF_TEST(where nobody listens is told) {
  const auto where = nobody();
  a.dial(where, 7);
  CAF_CHECK(a.notes->await("failed ") ==
            "unreachable: cannot link to " + where + ": Connection refused; is the node running, and at that port?");
  a.dial("nosuch.invalid:1");
  CAF_CHECK(contains(a.notes->await("failed ", 2), "check the name"));
  a.dial("nonsense");
  CAF_CHECK(contains(a.notes->await("failed ", 3), "host:port"));
}

CAF_TEST(a name is looked up with all its addresses) {
  const auto resolve = [&](const std::string& name) { a.on_lane([&] { a.uut->resolve(name, a.cluster); }); };
  resolve("localhost:7");
  CAF_CHECK(contains(a.notes->await("resolved localhost:7"), " 127.0.0.1:7"));
  resolve("nosuch.invalid:1");
  CAF_CHECK(contains(a.notes->await("resolved nosuch.invalid:1"), "not found"));
  resolve("nonsense");
  CAF_CHECK(contains(a.notes->await("resolved nonsense"), "host:port"));
}

CAF_TEST(a node that ends without a word is noticed) {
  {
    tunnel_node c{tunnel_node::plain("c")};
    CAF_REQUIRE(linked(a, c));
    c.on_lane([&] { c.uut = nullptr; });
    CAF_CHECK(a.notes->await("closed ") == "the other end closed the connection");
    c.uut = std::make_shared<tunnel>(c.home, c.system, tunnel_settings{}, nullptr);
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
