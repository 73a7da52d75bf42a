// Labels: hardened
#define CAF_SUITE origin
#include "protocol/http/origin.hpp"

#include <vector>

#include "caf/test/unit_test.hpp"

using namespace ability;

namespace {

using origins = std::vector<std::string>;

}  // namespace

CAF_TEST(without a list every origin may connect) {
  CAF_CHECK(origin_allowed("https://anywhere.example", {}));
  CAF_CHECK(origin_allowed("", {}));
}

CAF_TEST(a list of empty entries is no list) {
  const origins allowed{"", ""};
  CAF_CHECK(origin_allowed("https://anywhere.example", allowed));
  CAF_CHECK(origin_allowed("", allowed));
}

CAF_TEST(the host must equal an entry) {
  const origins allowed{"example.com", "localhost:3000"};
  CAF_CHECK(origin_allowed("https://example.com", allowed));
  CAF_CHECK(origin_allowed("http://example.com", allowed));
  CAF_CHECK(origin_allowed("http://localhost:3000", allowed));
  CAF_CHECK(!origin_allowed("http://localhost", allowed));
  CAF_CHECK(!origin_allowed("http://localhost:3001", allowed));
  CAF_CHECK(!origin_allowed("https://example.com:8080", allowed));
  CAF_CHECK(!origin_allowed("https://www.example.com", allowed));
  CAF_CHECK(!origin_allowed("https://example.com.evil.net", allowed));
  CAF_CHECK(!origin_allowed("https://evil.net/example.com", allowed));
  CAF_CHECK(!origin_allowed("https://evil.net?://example.com", allowed));
  CAF_CHECK(!origin_allowed("https://example.com@evil.net", allowed));
}

CAF_TEST(case does not matter) {
  CAF_CHECK(origin_allowed("HTTPS://Example.COM", origins{"example.com"}));
  CAF_CHECK(origin_allowed("https://example.com", origins{"Example.com"}));
  CAF_CHECK(origin_allowed("https://A.Example.com", origins{"*.eXample.com"}));
}

CAF_TEST(a star stands for any front) {
  const origins allowed{"*.example.com"};
  CAF_CHECK(origin_allowed("https://a.example.com", allowed));
  CAF_CHECK(origin_allowed("https://a.b.example.com", allowed));
  CAF_CHECK(!origin_allowed("https://example.com", allowed));
  CAF_CHECK(!origin_allowed("https://evilexample.com", allowed));
  CAF_CHECK(!origin_allowed("https://a.example.com.evil.net", allowed));
  CAF_CHECK(!origin_allowed("https://a.example.com:8080", allowed));
  CAF_CHECK(origin_allowed("https://anything", origins{"*"}));
  CAF_CHECK(!origin_allowed("https://a.example.com", origins{"a.*.com"}));
}

CAF_TEST(a path or query is no part of the host) {
  const origins allowed{"example.com"};
  CAF_CHECK(origin_allowed("https://example.com/page", allowed));
  CAF_CHECK(origin_allowed("https://example.com?x", allowed));
  CAF_CHECK(origin_allowed("https://example.com#x", allowed));
}

CAF_TEST(with a list an origin that is missing or unreadable may not connect) {
  for (const origins& allowed : {origins{"example.com"}, origins{"*.com"}, origins{"", "*:80", "*m"}}) {
    for (const std::string_view origin : {"", "null", "example.com", "://", "https://", "https:///example.com"}) {
      CAF_CHECK(!origin_allowed(origin, allowed));
    }
  }
}

CAF_TEST(a star alone lets everyone connect) {
  for (const std::string_view origin : {"", "null", "file://", "https://example.com", "capacitor://localhost", "x y"}) {
    CAF_CHECK(origin_allowed(origin, origins{"*"}));
    CAF_CHECK(origin_allowed(origin, origins{"a.example", "", "*"}));
  }
}

CAF_TEST(clients that are no web pages have entries of their own) {
  CAF_CHECK(origin_allowed("", origins{"example.com", "none"}));
  CAF_CHECK(origin_allowed("null", origins{"null"}));
  CAF_CHECK(origin_allowed("file://", origins{"file://"}));
  for (const std::string_view origin : {"null", "file://", "none", "https://none.example", "file:///x"})
    CAF_CHECK(!origin_allowed(origin, origins{"none"}));
  for (const std::string_view origin : {"", "file://", "https://null.example"})
    CAF_CHECK(!origin_allowed(origin, origins{"null"}));
  for (const std::string_view origin : {"", "null", "https://example.com", "files://", "file://x"})
    CAF_CHECK(!origin_allowed(origin, origins{"file://"}));
  CAF_CHECK(origin_allowed("capacitor://localhost", origins{"localhost"}));
}

CAF_TEST(the port of the scheme is the same as none) {
  for (const auto* entry : {"example.com", "example.com:443", "*.com", "*.com:443"}) {
    CAF_CHECK(origin_allowed("https://example.com", origins{entry}));
    CAF_CHECK(origin_allowed("https://example.com:443", origins{entry}));
    CAF_CHECK(!origin_allowed("https://example.com:80", origins{entry}));
  }
  CAF_CHECK(origin_allowed("http://example.com:80", origins{"example.com"}));
  CAF_CHECK(origin_allowed("http://example.com", origins{"example.com:80"}));
  CAF_CHECK(!origin_allowed("http://example.com", origins{"example.com:443"}));
  CAF_CHECK(!origin_allowed("http://example.com:443", origins{"example.com"}));
  CAF_CHECK(origin_allowed("http://a.example.com:3000", origins{"*.example.com:3000"}));
  CAF_CHECK(origin_allowed("http://anywhere:3000", origins{"*:3000"}));
  CAF_CHECK(!origin_allowed("http://anywhere:3001", origins{"*:3000"}));
  CAF_CHECK(origin_allowed("http://[::1]:3000", origins{"[::1]:3000"}));
  CAF_CHECK(!origin_allowed("http://[::1]:3000", origins{"[::1]"}));
}

CAF_TEST(a host that is none does not match by its end) {
  for (const std::string_view origin :
       {"https://evil.net\\.example.com", "https://evil.net%2f.example.com", "https://evil.net:80.example.com",
        "https://evil.net@a.example.com", "https://evil.net:80@a.example.com", "https://evil.net .example.com",
        "https://evil.net,a.example.com", "https://evil.net;a.example.com", "https://evil.net\t.example.com",
        "https://evil.net&.example.com", "https://[evil].example.com", "https://a.example.com:80:443",
        "https://a.example.com:x", "https://a.example.com:65979", "https://\xc3\xa4.example.com"})
    CAF_CHECK(!origin_allowed(origin, origins{"*.example.com", "*example.com", "*.example.com:443"}));
}

CAF_TEST(a page is from here if its host is the one that it connects to whatever the ports) {
  CAF_CHECK(is_same_host("https://example.com", "example.com", false));
  CAF_CHECK(is_same_host("https://Example.com", "example.COM:443", true));
  CAF_CHECK(is_same_host("http://localhost:3000", "localhost:3000", false));
  CAF_CHECK(is_same_host("http://example.com:80", "example.com", false));
  CAF_CHECK(is_same_host("http://[::1]:8080", "[::1]:8080", false));
  CAF_CHECK(!is_same_host("https://example.com", "www.example.com", false));
  CAF_CHECK(!is_same_host("https://www.example.com", "example.com", false));
  CAF_CHECK(!is_same_host("https://example.com.evil.net", "example.com", false));
  CAF_CHECK(!is_same_host("http://localhost:3000", "127.0.0.1:3000", false));
  CAF_CHECK(is_same_host("https://example.com:8443", "example.com", false));
  CAF_CHECK(is_same_host("http://localhost:3000", "localhost:8080", false));
}

CAF_TEST(an http page is not from where the connection is secure) {
  CAF_CHECK(!is_same_host("http://example.com", "example.com", true));
  CAF_CHECK(is_same_host("https://example.com", "example.com", true));
}

CAF_TEST(what is no page is from nowhere) {
  for (const std::string_view origin :
       {"", "null", "file://", "example.com", "capacitor://localhost", "https://localhost@evil", "://localhost"})
    CAF_CHECK(!is_same_host(origin, "localhost", false));
  CAF_CHECK(!is_same_host("http://a", "", false));
  CAF_CHECK(!is_same_host("http://a", "a, b", false));
}

CAF_TEST(an entry for clients that are no web pages is no host) {
  CAF_CHECK(!origin_allowed("http://none", origins{"none"}));
  CAF_CHECK(!origin_allowed("http://null", origins{"null"}));
  CAF_CHECK(!origin_allowed("file://file", origins{"file://"}));
}

CAF_TEST(several origins are none) {
  for (const std::string_view origin : {"https://example.com/, https://evil.net",
                                        "https://example.com, https://example.com", "https://example.com?a b"})
    CAF_CHECK(!origin_allowed(origin, origins{"example.com"}));
}

CAF_TEST(a port that is too large is not none) {
  CAF_CHECK(!origin_allowed("http://a.example.com:0", origins{"*.example.com:99999"}));
  CAF_CHECK(!origin_allowed("http://a.example.com", origins{"*.example.com:"}));
}

CAF_TEST(empty entries beside others allow nothing) {
  const origins allowed{"", "example.com", ""};
  CAF_CHECK(origin_allowed("https://example.com", allowed));
  CAF_CHECK(!origin_allowed("https://other.example", allowed));
  CAF_CHECK(!origin_allowed("", allowed));
}
