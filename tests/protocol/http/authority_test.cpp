// Labels: hardened
#define CAF_SUITE authority
#include "protocol/http/authority.hpp"

#include "caf/test/unit_test.hpp"

using namespace ability;

namespace {

// `host port`, with `-` for no port; `none` if the text is no authority.
std::string parsed(std::string_view text) {
  const auto result = parse_authority(text);
  if (!result)
    return "none";
  return std::string{result->host} + ' ' + (result->port ? std::to_string(*result->port) : "-");
}

}  // namespace

CAF_TEST(a host may be a name or an address with a port or without) {
  CAF_CHECK_EQUAL(parsed("example.com"), "example.com -");
  CAF_CHECK_EQUAL(parsed("my_service-1:8080"), "my_service-1 8080");
  CAF_CHECK_EQUAL(parsed("10.0.0.1:0"), "10.0.0.1 0");
  CAF_CHECK_EQUAL(parsed("[::1]"), "[::1] -");
  CAF_CHECK_EQUAL(parsed("[2001:DB8::ffff:10.0.0.1]:65535"), "[2001:DB8::ffff:10.0.0.1] 65535");
}

CAF_TEST(a Host header has brackets for IPv6 and leaves out the port of its scheme) {
  CAF_CHECK_EQUAL(authority_text("example.com", 80, false), "example.com");
  CAF_CHECK_EQUAL(authority_text("example.com", 443, true), "example.com");
  CAF_CHECK_EQUAL(authority_text("example.com", 443, false), "example.com:443");
  CAF_CHECK_EQUAL(authority_text("::1", 9292, true), "[::1]:9292");
}

CAF_TEST(an empty port is none) { CAF_CHECK_EQUAL(parsed("example.com:"), "example.com -"); }

CAF_TEST(anything else is no authority) {
  for (const auto* text : {"",     ":",      ":80",    "a b",        " a",    "a ",         "a, b",    "a/",
                           "a/b",  "u@a",    "a:b",    "a:65536",    "a:-1",  "a:+1",       "a: 80",   "a:80:80",
                           "a\\b", "a%2eb",  "a?",     "a#",         "a*",    "\xc3\xa4",   "[]",      "[::1",
                           "::1",  "[::1]x", "[::1]]", "[10.0.0.1]", "[::g]", "[::1%eth0]", "http://a"})
    CAF_CHECK_EQUAL(parsed(text), "none");
  using namespace std::string_view_literals;
  CAF_CHECK_EQUAL(parsed("a\0b"sv), "none");
}
