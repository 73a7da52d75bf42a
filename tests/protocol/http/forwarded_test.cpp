// Labels: hardened
#define CAF_SUITE forwarded
#include "protocol/http/forwarded.hpp"

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

bool covers(const std::string& range, std::string_view address) { return trusting({range}).contain(address); }

}  // namespace

// -- cookies ---

CAF_TEST(only named cookies are kept in their order) {
  CAF_CHECK_EQUAL(keep_cookies("a=1; b=2; c=3", texts{"c", "a"}), "a=1; c=3");
  CAF_CHECK_EQUAL(keep_cookies("a=1; b=2", texts{"x"}), "");
  CAF_CHECK_EQUAL(keep_cookies("", texts{"x"}), "");
  CAF_CHECK_EQUAL(keep_cookies("", {}), "");
}

CAF_TEST(without names all are kept) { CAF_CHECK_EQUAL(keep_cookies("a=1; b=2", {}), "a=1; b=2"); }

CAF_TEST(values may hold equals signs and spaces and quotes) {
  CAF_CHECK_EQUAL(keep_cookies("x=0; _session=abc==--def=; b=two words \"here\"", texts{"_session", "b"}),
                  "_session=abc==--def=; b=two words \"here\"");
}

CAF_TEST(blanks between cookies do not matter) {
  CAF_CHECK_EQUAL(keep_cookies("a=1;b=2;  c=3 ;\td=4", texts{"b", "c", "d"}), "b=2; c=3; d=4");
  CAF_CHECK_EQUAL(keep_cookies("a =1; b = 2", texts{"a", "b"}), "a =1; b = 2");
  CAF_CHECK_EQUAL(keep_cookies(";; ;a=1;;", {}), "a=1");
}

CAF_TEST(names are compared as a whole and by case) {
  CAF_CHECK_EQUAL(keep_cookies("ab=1; a=2; A=3; ba=4", texts{"a"}), "a=2");
}

CAF_TEST(a cookie without a value counts by its name) {
  CAF_CHECK_EQUAL(keep_cookies("a; b=; =c", texts{"a", "b"}), "a; b=");
}

CAF_TEST(of equal names all are kept) { CAF_CHECK_EQUAL(keep_cookies("a=1; b=2; a=3", texts{"a"}), "a=1; a=3"); }

// -- proxies ---

CAF_TEST(an address alone is one address) {
  CAF_CHECK(covers("10.0.0.1", "10.0.0.1"));
  CAF_CHECK(!covers("10.0.0.1", "10.0.0.2"));
  CAF_CHECK(covers("::1", "::1"));
  CAF_CHECK(covers("::1", "0:0:0:0:0:0:0:1"));
  CAF_CHECK(!covers("::1", "::2"));
}

CAF_TEST(a network covers what begins like it) {
  CAF_CHECK(covers("10.0.0.0/8", "10.255.1.2"));
  CAF_CHECK(!covers("10.0.0.0/8", "11.0.0.0"));
  CAF_CHECK(covers("192.168.4.0/22", "192.168.7.255"));
  CAF_CHECK(!covers("192.168.4.0/22", "192.168.8.0"));
  CAF_CHECK(!covers("192.168.4.0/22", "192.168.3.255"));
  CAF_CHECK(covers("10.0.0.4/31", "10.0.0.5"));
  CAF_CHECK(!covers("10.0.0.4/31", "10.0.0.6"));
  CAF_CHECK(covers("10.0.0.1/32", "10.0.0.1"));
  CAF_CHECK(!covers("10.0.0.1/32", "10.0.0.0"));
  CAF_CHECK(covers("fd00::/8", "fdff::1"));
  CAF_CHECK(!covers("fd00::/8", "fe00::1"));
  CAF_CHECK(covers("2001:db8::/33", "2001:db8:7fff::"));
  CAF_CHECK(!covers("2001:db8::/33", "2001:db8:8000::"));
  CAF_CHECK(covers("2001:db8::1/128", "2001:db8::1"));
}

CAF_TEST(bits behind those that count do not matter) {
  CAF_CHECK(covers("10.1.2.3/8", "10.9.9.9"));
  CAF_CHECK(covers("2001:db8::ffff/32", "2001:db8::1"));
}

CAF_TEST(no bits at all cover every address of the kind) {
  CAF_CHECK(covers("0.0.0.0/0", "255.255.255.255"));
  CAF_CHECK(!covers("0.0.0.0/0", "::1"));
  CAF_CHECK(covers("::/0", "fe80::1"));
}

CAF_TEST(an IPv4 address in IPv6 form is the same address) {
  CAF_CHECK(covers("10.0.0.0/8", "::ffff:10.0.0.1"));
  CAF_CHECK(covers("::ffff:10.0.0.1", "10.0.0.1"));
  CAF_CHECK(!covers("::/8", "fe80::1"));
  CAF_CHECK(covers("fe80::/10", "fe80::1%eth0"));
}

CAF_TEST(what is no address is none of them) {
  const auto everything = trusting({"0.0.0.0/0", "::/0"});
  for (const auto* text :
       {"", "localhost", "10.0.0", "10.0.0.1:80", "[::1]", "010.0.0.1", "10.0.0.256", "unknown", "/"})
    CAF_CHECK(!everything.contain(text));
  CAF_CHECK(!trusted_proxies{}.contain("10.0.0.1"));
}

CAF_TEST(what is no range is not taken) {
  trusted_proxies proxies;
  for (const auto* text :
       {"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8x", "10.0.0.0/ 8",
        " 10.0.0.1", "10.0.0.1 ", "10.0.0.0/8/8", "localhost", "10.0.0", "10/8", "10.0.0.0/4294967304", "[::1]", "*"})
    CAF_CHECK(!proxies.add(text));
  CAF_CHECK(!proxies.contain("10.0.0.1"));
}
