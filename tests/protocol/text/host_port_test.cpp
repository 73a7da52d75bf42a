#define CAF_SUITE host_port
// Labels: hardened
#include "protocol/text/host_port.hpp"

#include "caf/test/unit_test.hpp"

using namespace ability;

namespace {

// The parts with spaces between them; `-` is no port.
std::string parts(std::string_view text) {
  const auto found = split_host_port(text);
  if (!found)
    return "none";
  return std::string{found->host} + (found->is_bracketed ? " bracketed " : " ") +
         (found->port ? std::to_string(*found->port) : "-");
}

}  // namespace

CAF_TEST(an IPv6 address is written in brackets) {
  CAF_CHECK_EQUAL(host_port("a.example", 80), "a.example:80");
  CAF_CHECK_EQUAL(host_port("127.0.0.1", 0), "127.0.0.1:0");
  CAF_CHECK_EQUAL(host_port("::1", 65'535), "[::1]:65535");
}

CAF_TEST(a host stands with or without a port) {
  CAF_CHECK_EQUAL(parts("a.example"), "a.example -");
  CAF_CHECK_EQUAL(parts("a.example:80"), "a.example 80");
  CAF_CHECK_EQUAL(parts("[::1]"), "::1 bracketed -");
  CAF_CHECK_EQUAL(parts("[fe80::1%eth0]:0"), "fe80::1%eth0 bracketed 0");
  CAF_CHECK_EQUAL(parts(":65535"), " 65535");
  CAF_CHECK_EQUAL(parts("[]:1"), " bracketed 1");
  CAF_CHECK_EQUAL(parts(""), " -");
}

CAF_TEST(what was written is read) {
  for (const std::string host : {"a", "10.0.0.1", "::1", "2001:db8::1"}) {
    const auto text = host_port(host, 7'700);
    CAF_REQUIRE(split_host_port(text));
    CAF_CHECK_EQUAL(std::string{split_host_port(text)->host}, host);
    CAF_CHECK(split_host_port(text)->port == 7'700);
  }
}

CAF_TEST(anything else behind the host is refused) {
  for (const auto* text : {"a:", "a:x", "a:80x", "a:-1", "a:+1", "a: 1", "a:65536", "a:99999999999999999999", "a:1:2",
                           "::1", "[::1", "[::1]1", "[::1]x", "[::1]:", "[", ":"})
    CAF_CHECK_EQUAL(parts(text), "none");
}
