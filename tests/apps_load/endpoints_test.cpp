#define CAF_SUITE endpoints

#include "apps/load/links/endpoints.hpp"

#include <caf/test/unit_test.hpp>
#include <fstream>

using namespace ability::load;

namespace {

std::string complaint(const target& where) {
  const auto made = reach(where);
  return made ? std::string{} : made.error();
}

void is(const std::string& found, const std::string& wanted) { CAF_CHECK_EQUAL(found, wanted); }

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

CAF_TEST(a URL is taken apart) {
  const auto full = parse_endpoint("WSS://example.org:8443/cable?jid=x#y");
  CAF_REQUIRE(full.has_value());
  CAF_CHECK_EQUAL(full->scheme, "wss");
  is(full->authority(), "example.org:8443");
  CAF_CHECK_EQUAL(full->path, "/cable?jid=x");
  CAF_CHECK(full->secure());
  is(parse_endpoint("ws://a")->authority(), "a:80");
  is(parse_endpoint("https://a?b")->path, "/?b");
  is(parse_endpoint("tcp://[::1]:5555")->authority(), "[::1]:5555");
  const auto redis = parse_endpoint("redis://me:p%40ss@host/3");
  CAF_REQUIRE(redis.has_value());
  CAF_CHECK_EQUAL(redis->user, "me");
  CAF_CHECK_EQUAL(redis->password, "p@ss");
  CAF_CHECK_EQUAL(redis->port, 6379);
  is(parse_endpoint("redis://:secret@host")->password, "secret");
}

CAF_TEST(what is no URL is named with its remedy) {
  for (const std::string url :
       {"", "ws", "ws:/a", "ws://", "ws://:80", "ws://a:", "ws://a:0", "ws://a:65536", "ws://a:8x", "ws://a b",
        "ws://a\r\nb", "ftp://a:1", "tcp://a", "tcp://a:1/path", "ws://user:secret@a", "ws://[::1", "ws://a]b:1"}) {
    const auto parsed = parse_endpoint(url);
    CAF_CHECK(!parsed.has_value());
    if (parsed.has_error())
      CAF_CHECK(has(parsed.error(), "it is like ws://host:port/path") && !has(parsed.error(), "secret"));
  }
}

CAF_TEST(a target is looked up) {
  const auto made =
      reach({.cable = {"ws://localhost:1/cable", "ws://127.0.0.1:2/cable"}, .fly = {"udp://127.0.0.1:3"}});
  CAF_REQUIRE(made.has_value());
  CAF_CHECK((*made)->cable[0].addresses.front().is_loopback());
  is((*made)->http.at(0).path, "/_broadcast");
  is((*made)->http.at(0).authority(), "localhost:1");
  CAF_CHECK((*made)->tls == nullptr);
  CAF_CHECK((*reach({.cable = {"wss://127.0.0.1:1/"}}))->tls != nullptr);
  is((*reach({.cable = {"wss://127.0.0.1:1/"}}))->http.at(0).scheme, "https");
}

CAF_TEST(a target that cannot be reached says why) {
  CAF_CHECK(has(complaint({.cable = {"http://a:1"}}), "ws:// or wss://"));
  CAF_CHECK(has(complaint({.fly = {"ws://a:1"}}), "tcp://"));
  CAF_CHECK(has(complaint({.http = {"ws://a:1"}}), "http://"));
  CAF_CHECK(has(complaint({.redis = "http://a:1"}), "redis://"));
  CAF_CHECK(has(complaint({.redis = "redis://127.0.0.1/x"}), "database"));
  CAF_CHECK(has(complaint({.cable = {"ws://no.such.host.invalid:1"}}), "check the name"));
  CAF_CHECK(has(complaint({.headers = {{"a b", "c"}}}), "a b"));
  CAF_CHECK(has(complaint({.headers = {{"cookie", "a\r\nb: c"}}}), "cookie"));
  CAF_CHECK(has(complaint({.headers = {{"Sec-WebSocket-Key", "x"}}}), "handshake"));
  CAF_CHECK(has(complaint({.token = "a b"}), "token"));
  CAF_CHECK(has(complaint({.cable = {"wss://127.0.0.1:1"}, .ca_file = "/no/such/file.pem"}), "/no/such/file.pem"));
  CAF_CHECK(!has(complaint({.redis = "redis://u:secret@no.such.host.invalid"}), "secret"));
}

CAF_TEST(what is told of a URL has no secrets) {
  is(without_secrets("ws://a:80/cable?jid=secret#x"), "ws://a:80/cable");
  is(without_secrets("ws://a?jid=secret@b/c"), "ws://a");
  is(without_secrets("redis://me:secret@a:1/3?x"), "redis://a:1/3");
  is(without_secrets("http://a/b@c"), "http://a/b@c");
  is(without_secrets("me:secret@a/b?c"), "a/b");
  is(without_secrets("a?secret"), "a");
  is(without_secrets("ws://a:80/cable"), "ws://a:80/cable");
  for (const std::string url : {"ws://a:0/cable?jid=secret", "ws:/a?jid=secret", "ws://a b?jid=secret",
                                "ftp://a:1/?jid=secret", "ws://[?jid=secret", "ws://a:x?secret://b"})
    CAF_CHECK(!has(parse_endpoint(url).error(), "secret"));
  CAF_CHECK(!has(complaint({.cable = {"ws://no.such.host.invalid:1/cable?jid=secret"}}), "secret"));
  CAF_CHECK(!has(complaint({.cable = {"http://a:1/?jid=secret"}}), "secret"));
}
