#define CAF_SUITE key_set_url
// Labels: hardened
#include "config/key_set_url.hpp"

#include "caf/test/unit_test.hpp"
#include "options_fixture.hpp"

using namespace ability;

namespace {

key_set_url good(const std::string& text) {
  auto parsed = parse_key_set_url(text);
  if (const auto* error = std::get_if<std::string>(&parsed))
    CAF_FAIL(text << " " << *error);
  return std::get<key_set_url>(parsed);
}

bool is_refused(const std::string& text) { return std::holds_alternative<std::string>(parse_key_set_url(text)); }

}  // namespace

CAF_TEST(the parts of a URL) {
  const auto all = good("https://id.example:8443/realms/a/certs?p=policy");
  CAF_CHECK(all.tls);
  CAF_CHECK_EQUAL(all.host, "id.example");
  CAF_CHECK_EQUAL(all.port, 8443u);
  CAF_CHECK_EQUAL(all.target, "/realms/a/certs?p=policy");
  CAF_CHECK_EQUAL(good("https://id.example").port, 443u);
  CAF_CHECK_EQUAL(good("https://id.example").target, "/");
  CAF_CHECK_EQUAL(good("https://id.example?x=1").target, "/?x=1");
  CAF_CHECK_EQUAL(good("https://[2001:db8::1]:1/x").host, "2001:db8::1");
  CAF_CHECK_EQUAL(good("https://[2001:db8::1]/x").port, 443u);
}

CAF_TEST(without TLS a loopback address only) {
  CAF_CHECK_EQUAL(good("http://127.0.0.1/x").port, 80u);
  CAF_CHECK(!good("http://[::1]:8080/x").tls);
  CAF_CHECK(!good("http://localhost:8080/x").tls);
  CAF_CHECK(is_refused("http://id.example/x"));
  CAF_CHECK(is_refused("http://localhost.example/x"));
}

CAF_TEST(what is no such URL is refused) {
  for (const auto* wrong :
       {"https://", "https://:1/", "https://a:0/", "https://a:65536/", "https://a:x/", "https://a:/", "https://u:p@a/",
        "https://a/#f", "https://[::1/", "https://a b/", "https://a:1x/"})
    CAF_CHECK(is_refused(wrong));
}

CAF_TEST_FIXTURE_SCOPE(key_set_url_tests, options_fixture)

CAF_TEST(the option takes a file or a URL) {
  CAF_CHECK_EQUAL(options_fixture::good({"--jwt-jwks", "keys.json"}).tokens.key_set, "keys.json");
  CAF_CHECK_EQUAL(options_fixture::good({"--jwt-jwks", "https://a/x"}).tokens.key_set, "https://a/x");
  CAF_CHECK(mistake({"--jwt-jwks", "http://a.example/x"}).find("loopback") != std::string::npos);
}

CAF_TEST_FIXTURE_SCOPE_END()
