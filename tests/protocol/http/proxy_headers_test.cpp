// Labels: hardened
#define CAF_SUITE proxy_headers
#include "protocol/http/proxy_headers.hpp"

#include "caf/test/unit_test.hpp"

using namespace ability;

namespace {

using texts = std::vector<std::string>;

trusted_proxies trusting(const texts& ranges) {
  trusted_proxies proxies;
  for (const auto& each : ranges)
    CAF_REQUIRE(proxies.add(each));
  return proxies;
}

std::string by_addresses(const trusted_proxies& proxies, std::string_view peer, std::string_view forwarded_for) {
  return client_behind(proxies, peer, {.forwarded_for = forwarded_for}).address;
}

std::string by_forwarded(std::string_view header) {
  return client_behind(trusting({"10.0.0.0/8"}), "10.0.0.1", {.forwarded = header}).address;
}

}  // namespace

// -- addresses ---

CAF_TEST(without trust the peer is the client whatever it says) {
  CAF_CHECK_EQUAL(by_addresses(trusted_proxies{}, "1.2.3.4", "5.6.7.8"), "1.2.3.4");
  CAF_CHECK_EQUAL(by_addresses(trusting({"10.0.0.0/8"}), "1.2.3.4", "5.6.7.8"), "1.2.3.4");
  const auto told = client_behind(trusting({"10.0.0.0/8"}), "1.2.3.4",
                                  {.forwarded_proto = "https", .forwarded_host = "x", .real_ip = "5.6.7.8"});
  CAF_CHECK_EQUAL(told.address, "1.2.3.4");
  CAF_CHECK_EQUAL(told.scheme + told.host, "");
}

CAF_TEST(the client is the last that is no proxy) {
  const auto proxies = trusting({"10.0.0.0/8", "::1"});
  CAF_CHECK_EQUAL(by_addresses(proxies, "10.0.0.1", "5.6.7.8"), "5.6.7.8");
  CAF_CHECK_EQUAL(by_addresses(proxies, "10.0.0.1", "5.6.7.8, 10.0.0.2"), "5.6.7.8");
  CAF_CHECK_EQUAL(by_addresses(proxies, "::1", "9.9.9.9,5.6.7.8 ,\t10.0.0.2"), "5.6.7.8");
  CAF_CHECK_EQUAL(by_addresses(proxies, "10.0.0.1", "9.9.9.9, 2001:db8::1"), "2001:db8::1");
}

CAF_TEST(if all are proxies it is the first) {
  CAF_CHECK_EQUAL(by_addresses(trusting({"10.0.0.0/8"}), "10.0.0.1", "10.0.0.3, 10.0.0.2"), "10.0.0.3");
  CAF_CHECK_EQUAL(by_addresses(trusting({"10.0.0.0/8"}), "10.0.0.1", ""), "10.0.0.1");
}

CAF_TEST(behind what is no address nothing is believed) {
  const auto proxies = trusting({"10.0.0.0/8"});
  CAF_CHECK_EQUAL(by_addresses(proxies, "10.0.0.1", "5.6.7.8, unknown"), "10.0.0.1");
  CAF_CHECK_EQUAL(by_addresses(proxies, "10.0.0.1", ","), "10.0.0.1");
  CAF_CHECK_EQUAL(by_addresses(proxies, "", "5.6.7.8"), "");
}

CAF_TEST(empty elements of a list do not count) {
  const auto proxies = trusting({"10.0.0.0/8"});
  CAF_CHECK_EQUAL(by_addresses(proxies, "10.0.0.1", "5.6.7.8, , 10.0.0.2"), "5.6.7.8");
  CAF_CHECK_EQUAL(by_addresses(proxies, "10.0.0.1", ",9.9.9.9,5.6.7.8,\t,"), "5.6.7.8");
  CAF_CHECK_EQUAL(by_forwarded("for=9.9.9.9,,for=5.6.7.8, ,for=10.0.0.2,"), "5.6.7.8");
}

CAF_TEST(an address that is told is written in one way) {
  const auto proxies = trusting({"10.0.0.0/8"});
  CAF_CHECK_EQUAL(by_addresses(proxies, "10.0.0.1", "::ffff:1.2.3.4"), "1.2.3.4");
  CAF_CHECK_EQUAL(by_addresses(proxies, "10.0.0.1", "[2001:DB8:0::A]:80"), "2001:db8::a");
  CAF_CHECK_EQUAL(by_addresses(proxies, "10.0.0.1", "5.6.7.8, ::FFFF:10.0.0.2"), "5.6.7.8");
  CAF_CHECK_EQUAL(by_forwarded("for=\"[::FFFF:1.2.3.4]\""), "1.2.3.4");
}

CAF_TEST(an address may have a port and brackets and quotes) {
  const auto proxies = trusting({"10.0.0.0/8", "fd00::/8"});
  CAF_CHECK_EQUAL(by_addresses(proxies, "10.0.0.1", "5.6.7.8:51234"), "5.6.7.8");
  CAF_CHECK_EQUAL(by_addresses(proxies, "10.0.0.1", "[2001:db8::7]:51234, 10.0.0.2:80, [fd00::1]"), "2001:db8::7");
  CAF_CHECK_EQUAL(by_addresses(proxies, "10.0.0.1", "\"[2001:db8::7]:51234\""), "2001:db8::7");
  CAF_CHECK_EQUAL(by_addresses(proxies, "10.0.0.1", "\"5.6.7.8\""), "5.6.7.8");
}

CAF_TEST(what only looks like an address is none) {
  for (const auto* node :
       {"",        "\"",      "\"\"",         "[]",           "[",         "]",         "[5.6.7.8]",     "[::1",
        "::1]",    "[::1]x",  "[::1]:",       "[::1]:x",      "5.6.7.8:",  "5.6.7.8:x", "5.6.7.8:80:80", "5.6.7",
        "unknown", "_hidden", "localhost:80", "fe80::1%eth0", "\"5.6.7.8", "5.6.7.8\""})
    CAF_CHECK_EQUAL(node_address(node), "");
}

CAF_TEST(of several headers the first counts) {
  const auto proxies = trusting({"10.0.0.0/8"});
  CAF_CHECK_EQUAL(client_behind(proxies, "10.0.0.1", {.real_ip = "5.6.7.8"}).address, "5.6.7.8");
  CAF_CHECK_EQUAL(client_behind(proxies, "10.0.0.1", {.forwarded = "for=5.6.7.8", .real_ip = "9.9.9.9"}).address,
                  "5.6.7.8");
  CAF_CHECK_EQUAL(client_behind(proxies, "10.0.0.1", {.forwarded_for = "5.6.7.8", .forwarded = "for=9.9.9.9"}).address,
                  "5.6.7.8");
  CAF_CHECK_EQUAL(client_behind(proxies, "10.0.0.1", {.forwarded_for = "x", .real_ip = "9.9.9.9"}).address, "10.0.0.1");
}

// -- Forwarded ---

CAF_TEST(Forwarded tells the client) {
  CAF_CHECK_EQUAL(by_forwarded("for=5.6.7.8"), "5.6.7.8");
  CAF_CHECK_EQUAL(by_forwarded("For=\"5.6.7.8:4711\";proto=http;by=203.0.113.43"), "5.6.7.8");
  CAF_CHECK_EQUAL(by_forwarded("by=x ; for=\"[2001:db8::7]:4711\""), "2001:db8::7");
  CAF_CHECK_EQUAL(by_forwarded("for=9.9.9.9, for=5.6.7.8;proto=https,for=10.0.0.2"), "5.6.7.8");
  CAF_CHECK_EQUAL(by_forwarded("for=5.6.7.8:80"), "5.6.7.8");
  CAF_CHECK_EQUAL(by_forwarded(", for=5.6.7.8 , "), "5.6.7.8");
  CAF_CHECK_EQUAL(by_forwarded("for=5.6.7.8;;host=\"a,b;for=9.9.9.9\";"), "5.6.7.8");
}

CAF_TEST(Forwarded that hides the client tells the proxy before it) {
  CAF_CHECK_EQUAL(by_forwarded("for=5.6.7.8, for=unknown"), "10.0.0.1");
  CAF_CHECK_EQUAL(by_forwarded("for=_hidden, for=10.0.0.2"), "10.0.0.2");
  CAF_CHECK_EQUAL(by_forwarded("for=5.6.7.8, proto=https"), "10.0.0.1");
}

CAF_TEST(Forwarded that is malformed tells nothing) {
  for (const auto* header :
       {"for", "for=", "=5.6.7.8", "for=\"5.6.7.8", "for=5.6.7.8 x", "for=5.6.7.8, for", "for=5.6.7.8\"", "for 5.6.7.8",
        "for=\"5.6.7.8\\", "for=5.6.7.8;for=9.9.9.9", "for =5.6.7.8 for=9.9.9.9"})
    CAF_CHECK_EQUAL(by_forwarded(header), "10.0.0.1");
}

CAF_TEST(what is malformed before an element of a proxy takes nothing from it) {
  for (const std::string_view bad :
       {"for=\"x", "x", "=", "\"", "@", "for=", "for=a b", "for=a;for=b", "for=\"x\\", "for=\"a\"\"", "\"a, for=\"b"}) {
    for (const auto* own : {"for=6.6.6.6;proto=https", "for=\"6.6.6.6:80\";proto=https;host=\"a\\\"b,c\\\\\""}) {
      const auto header = std::string{bad} + ", " + own;
      const auto told = client_behind(trusting({"10.0.0.0/8"}), "10.0.0.1", {.forwarded = header});
      CAF_CHECK_EQUAL(told.address, "6.6.6.6");
      CAF_CHECK_EQUAL(told.scheme, "https");
    }
    CAF_CHECK_EQUAL(by_forwarded(std::string{bad} + ", for=10.0.0.2"), "10.0.0.2");
  }
}

CAF_TEST(Forwarded may tell a scheme without a client) {
  const auto proxies = trusting({"10.0.0.0/8"});
  for (const auto* header : {"proto=https", "for=5.6.7.8;proto=http, proto=https", "for=unknown;proto=https"}) {
    const auto told = client_behind(proxies, "10.0.0.1", {.forwarded = header});
    CAF_CHECK_EQUAL(told.address, "10.0.0.1");
    CAF_CHECK_EQUAL(told.scheme, "https");
  }
  CAF_CHECK_EQUAL(client_behind(proxies, "10.0.0.1", {.forwarded = "proto=http, for=5.6.7.8;proto=https"}).scheme,
                  "https");
}

CAF_TEST(a value in quotes may hold anything) {
  const auto elements = parse_forwarded("host=\"a\\\"b, c;d\\\\\";proto=https, for=x");
  CAF_REQUIRE_EQUAL(elements.size(), 2u);
  CAF_CHECK_EQUAL(elements[0].host, "a\"b, c;d\\");
  CAF_CHECK_EQUAL(elements[0].scheme, "https");
  CAF_CHECK_EQUAL(elements[1].client, "x");
}

// -- scheme and host ---

CAF_TEST(scheme and host are what the first proxy was asked by) {
  const auto told = client_behind(trusting({"10.0.0.1"}), "10.0.0.1",
                                  {.forwarded_proto = "HTTPS, http", .forwarded_host = "a.example , b.example"});
  CAF_CHECK_EQUAL(told.scheme, "https");
  CAF_CHECK_EQUAL(told.host, "a.example");
}

CAF_TEST(Forwarded tells scheme and host beside the client) {
  const auto proxies = trusting({"10.0.0.0/8"});
  const auto header = "for=9.9.9.9;proto=http;host=x, for=5.6.7.8;proto=HTTPS;host=a.example, for=10.0.0.2;proto=http";
  const auto told = client_behind(proxies, "10.0.0.1", {.forwarded = header});
  CAF_CHECK_EQUAL(told.scheme, "https");
  CAF_CHECK_EQUAL(told.host, "a.example");
}
