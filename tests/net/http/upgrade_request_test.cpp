// Labels: hardened
#define CAF_SUITE upgrade_request

#include "net/http/client_handshake.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <utility>

#include "caf/test/unit_test.hpp"
#include "net/io/field_lines.hpp"
#include "tests/net/support/lane_fixture.hpp"

using namespace ability;

namespace {

namespace asio = boost::asio;

using texts = std::vector<std::string>;
using fields = std::vector<std::pair<std::string, std::string>>;

// A client whose address is 127.0.0.1.
struct fixture : lane_fixture {
  lane_context where{lane, home, {}, shared};
  edge_settings& settings{where.settings};
  asio::io_context peer_io;
  asio::ip::tcp::socket peer{peer_io};
  outbox::pointer socket;

  fixture() {
    lane.adopt_thread();
    asio::ip::tcp::acceptor acceptor{lane.io(), {asio::ip::address_v4::loopback(), 0}};
    peer.connect(acceptor.local_endpoint());
    outbox::socket_type accepted{lane.io()};
    acceptor.accept(accepted);
    socket = outbox::pointer{new outbox{lane, std::move(accepted), nullptr, 1'000}};
    settings.forwarded_headers = {"cookie"};
    settings.token_param = "jid";
  }
  ~fixture() {
    socket->close();
    socket.reset();
    lane.io().poll();
  }

  client_handshake known(const fields& sent, const std::string& target = "/cable") {
    upgrade_request request{boost::beast::http::verb::get, target, 11};
    request.set(boost::beast::http::field::host, "app.example.com");
    for (const auto& [name, value] : sent)
      request.insert(name, value);
    fly::join_lines(request);
    return describe_handshake(where, *socket, request);
  }

  // Headers that are sent to the application, without the address.
  text_map headers(const fields& sent) {
    auto all = known(sent).headers;
    all.erase("REMOTE_ADDR");
    return all;
  }

  std::string address(const fields& sent) { return known(sent).headers.at("REMOTE_ADDR"); }

  std::string token(const std::string& target, const fields& sent = {}) { return known(sent, target).token; }

  void trust() { CAF_REQUIRE(settings.proxies.add("127.0.0.0/8")); }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(upgrade_request_url, fixture)

CAF_TEST(the url is absolute) {
  CAF_CHECK_EQUAL(known({}, "/cable?a=%20b&jid=x").url, "http://app.example.com/cable?a=%20b&jid=x");
}

CAF_TEST(a target in absolute form says neither scheme nor host) {
  CAF_CHECK_EQUAL(known({}, "https://other/cable?jid=x").url, "http://app.example.com/cable?jid=x");
  CAF_CHECK_EQUAL(known({}, "http://other?a=/b").url, "http://app.example.com/?a=/b");
  CAF_CHECK_EQUAL(known({}, "http://other").url, "http://app.example.com/");
  trust();
  CAF_CHECK_EQUAL(known({{"X-Forwarded-Proto", "https"}}, "http://other/cable").url, "https://app.example.com/cable");
}

CAF_TEST(only a trusted proxy can say that it is secure) {
  CAF_CHECK(known({{"X-Forwarded-Proto", "https"}}).url.starts_with("http://"));
  trust();
  for (const auto* scheme : {"https", "HTTPS", "wss"})
    CAF_CHECK(known({{"X-Forwarded-Proto", scheme}}).url.starts_with("https://"));
  for (const auto* scheme : {"http", "ws", ""})
    CAF_CHECK(known({{"X-Forwarded-Proto", scheme}}).url.starts_with("http://"));
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(upgrade_request_headers, fixture)

CAF_TEST(only listed headers are forwarded by their listed names) {
  settings.forwarded_headers = {"host", "x-api-token", "origin"};
  CAF_CHECK_EQUAL(headers({{"X-API-Token", "t"}, {"Cookie", "a=b"}, {"X-Other", "x"}}),
                  (text_map{{"host", "app.example.com"}, {"x-api-token", "t"}}));
}

CAF_TEST(an empty header is not forwarded) { CAF_CHECK_EQUAL(headers({{"Cookie", ""}}), text_map{}); }

CAF_TEST(a session is bound to the values of named cookies in any order) {
  CAF_CHECK_EQUAL(known({{"Cookie", "a=1; b=2"}}).bound_cookies, "");
  settings.bound_cookies = {"a", "b"};
  const auto bound = [this](const char* cookies) { return known({{"Cookie", cookies}}).bound_cookies; };
  const auto both = bound("a=1; b=2");
  CAF_CHECK_EQUAL(both.size(), 64u);
  CAF_CHECK_EQUAL(bound("b=2; other=x; a=1"), both);
  for (const auto* others : {"a=2; b=1", "a=1", "b=2", "a=1; b=22", "a=1; B=2", "a=1; a=1; b=2", "", "a=1 b=2"})
    CAF_CHECK_NOT_EQUAL(bound(others), both);
  CAF_CHECK_EQUAL(known({}).bound_cookies, bound("other=x"));
  settings.forwarded_headers = {};
  CAF_CHECK_EQUAL(bound("a=1; b=2"), both);
}

CAF_TEST(only named cookies are forwarded) {
  CAF_CHECK_EQUAL(headers({{"Cookie", "a=1; _session=x==; b=2"}}), (text_map{{"cookie", "a=1; _session=x==; b=2"}}));
  settings.forwarded_cookies = {"_session"};
  CAF_CHECK_EQUAL(headers({{"Cookie", "a=1; _session=x==; b=2"}}), (text_map{{"cookie", "_session=x=="}}));
  CAF_CHECK_EQUAL(headers({{"Cookie", "a=1"}}), text_map{});
}

CAF_TEST(the address is that of the peer unless a trusted proxy names another) {
  CAF_CHECK_EQUAL(address({}), "127.0.0.1");
  CAF_CHECK_EQUAL(address({{"X-Forwarded-For", "5.6.7.8"}}), "127.0.0.1");
  trust();
  CAF_CHECK_EQUAL(address({{"X-Forwarded-For", "9.9.9.9, 5.6.7.8"}}), "5.6.7.8");
  CAF_CHECK_EQUAL(address({}), "127.0.0.1");
}

CAF_TEST(what the client itself sent goes before what the proxy adds in a line of its own) {
  trust();
  CAF_CHECK_EQUAL(address({{"X-Forwarded-For", "9.9.9.9"}, {"X-Forwarded-For", "5.6.7.8"}}), "5.6.7.8");
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(upgrade_request_token, fixture)

CAF_TEST(a token comes in a header and the application sees it) {
  const auto told = known({{"X-JID", "abc"}});
  CAF_CHECK_EQUAL(told.token, "abc");
  CAF_CHECK_EQUAL(told.headers.at("x-jid"), "abc");
}

CAF_TEST(a token comes as a subprotocol and the application sees it as a header) {
  const auto told = known({{"Sec-WebSocket-Protocol", "actioncable-v1-json, anycable-token.a.b-c_d"}});
  CAF_CHECK_EQUAL(told.token, "a.b-c_d");
  CAF_CHECK_EQUAL(told.headers.at("x-jid"), "a.b-c_d");
}

CAF_TEST(a token comes in the query) {
  CAF_CHECK_EQUAL(token("/cable?jid=abc"), "abc");
  CAF_CHECK_EQUAL(token("/cable?a=b&jid=abc&c=d"), "abc");
  CAF_CHECK_EQUAL(token("/cable?jid=a&jid=b"), "a");
  CAF_CHECK_EQUAL(token("/cable?jid=a=b?c"), "a=b?c");
  for (const auto* target : {"/cable", "/cable?", "/cable?jid", "/cable?jid=", "/cable?xjid=a&jidx=a&JID=a", "/jid=a"})
    CAF_CHECK_EQUAL(token(target), "");
}

CAF_TEST(a token in the query is percent decoded) {
  CAF_CHECK_EQUAL(token("/cable?jid=a%2Eb%2ec%41"), "a.b.cA");
  CAF_CHECK_EQUAL(token("/cable?jid=a+b"), "a b");
  CAF_CHECK_EQUAL(token("/cable?jid=%"), "%");
  CAF_CHECK_EQUAL(token("/cable?jid=%4"), "%4");
  CAF_CHECK_EQUAL(token("/cable?jid=%zz%4g"), "%zz%4g");
  CAF_CHECK_EQUAL(token("/cable?jid=%00"), (std::string{'\0'}));
}

CAF_TEST(the header goes before the subprotocol and that before the query) {
  CAF_CHECK_EQUAL(token("/cable?jid=query", {{"Sec-WebSocket-Protocol", "anycable-token.sub"}, {"X-Jid", "header"}}),
                  "header");
  CAF_CHECK_EQUAL(token("/cable?jid=query", {{"Sec-WebSocket-Protocol", "anycable-token.sub"}}), "sub");
}

CAF_TEST(its name is what is set and nowhere it is looked for without) {
  settings.token_param = "my_token";
  CAF_CHECK_EQUAL(token("/cable?my_token=a"), "a");
  CAF_CHECK_EQUAL(token("/cable", {{"X-My_Token", "b"}}), "b");
  CAF_CHECK_EQUAL(token("/cable?jid=a", {{"X-Jid", "b"}}), "");
  settings.token_param.clear();
  CAF_CHECK_EQUAL(token("/cable?jid=a&=b", {{"X-Jid", "c"}, {"Sec-WebSocket-Protocol", "anycable-token.d"}}), "");
}

CAF_TEST_FIXTURE_SCOPE_END()
