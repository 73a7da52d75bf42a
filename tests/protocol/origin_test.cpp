#define CAF_SUITE origin
#include "protocol/origin.hpp"

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
  for (const origins& allowed : {origins{"example.com"}, origins{"*"}, origins{"", "*"}}) {
    for (const std::string_view origin : {"", "null", "example.com", "://", "https://", "https:///example.com"}) {
      CAF_CHECK(!origin_allowed(origin, allowed));
    }
  }
}

CAF_TEST(empty entries beside others allow nothing) {
  const origins allowed{"", "example.com", ""};
  CAF_CHECK(origin_allowed("https://example.com", allowed));
  CAF_CHECK(!origin_allowed("https://other.example", allowed));
  CAF_CHECK(!origin_allowed("", allowed));
}
