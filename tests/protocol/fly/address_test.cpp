#define CAF_SUITE fly_address
#include "protocol/fly/address.hpp"

#include "caf/test/unit_test.hpp"

using namespace ability::fly;

CAF_TEST(an address is taken apart) {
  const auto whole = [](const char* text) { return *parse_address(text); };
  CAF_CHECK(whole("tcp://127.0.0.1:5555") == (address{carrier::tcp, "127.0.0.1", 5555, ""}));
  CAF_CHECK(whole("tls://a.example:1") == (address{carrier::tls, "a.example", 1, ""}));
  CAF_CHECK(whole("udp://[::1]:0") == (address{carrier::udp, "::1", 0, ""}));
  CAF_CHECK(whole("ws://h:80") == (address{carrier::ws, "h", 80, "/"}));
  CAF_CHECK(whole("wss://h:443/fly?x=1") == (address{carrier::wss, "h", 443, "/fly?x=1"}));
}

CAF_TEST(an address becomes the text that it came from) {
  for (const auto* text : {"tcp://127.0.0.1:5555", "udp://[::1]:65535", "wss://h:443/fly?x=1"})
    CAF_CHECK_EQUAL(to_string(*parse_address(text)), text);
}

CAF_TEST(other texts are none) {
  for (const auto* text : {"", "tcp", "tcp://", "tcp://h", "tcp://h:", "tcp://h:x", "tcp://h:65536", "tcp://h:-1",
                           "tcp://:1", "tcp://::1:1", "tcp://[::1:1", "tcp://h:1/path", "http://h:1", "h:1",
                           "TCP://h:1", "tcp://h :1", "tcp://u@h:1"}) {
    const auto parsed = parse_address(text);
    CAF_REQUIRE(parsed.has_error());
    CAF_CHECK(parsed.error().code == ability::errc::wrong_value);
  }
}
