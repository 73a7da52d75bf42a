// Labels: hardened
#define CAF_SUITE proxy_protocol
#include "protocol/proxy/proxy_protocol.hpp"

#include "caf/test/unit_test.hpp"

using namespace ability;
using namespace std::string_literals;
using state = proxy_header_state;

namespace {

const auto signature = "\r\n\r\n\0\r\nQUIT\n"s;
const auto v4 = "\xcb\x00\x71\x07\x0a\x00\x00\x01\xc8\x22\x01\xbb"s;
const auto v6 = "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x07" + std::string(15, '\0') + "\x01\x00\x50\x00\x51"s;

// A header of version 2: `front` is version, command, family and transport.
std::string binary(const std::string& front, const std::string& rest) {
  return signature + front + static_cast<char>(rest.size() >> 8) + static_cast<char>(rest.size() & 0xff) + rest;
}

// The client's address in the header `bytes`. Checks that bytes behind the header do not count as part of it.
std::string source(const std::string& bytes) {
  const auto header = decode_proxy_header(bytes + "GET / HTTP/1.1\r\n\r\n");
  CAF_CHECK(header.state == state::whole);
  CAF_CHECK_EQUAL(header.size, bytes.size());
  for (std::size_t less = 0; less < bytes.size(); ++less)
    CAF_CHECK(decode_proxy_header(bytes.substr(0, less)).state == state::incomplete);
  return header.source;
}

std::string complaint(const std::string& bytes) {
  const auto header = decode_proxy_header(bytes);
  return header.state == state::malformed ? header.complaint : "none";
}

}  // namespace

CAF_TEST(a line of version 1 tells the client) {
  CAF_CHECK_EQUAL(source("PROXY TCP4 203.0.113.7 10.0.0.1 51234 443\r\n"), "203.0.113.7");
  CAF_CHECK_EQUAL(source("PROXY TCP6 2001:db8::7 ::1 51234 443\r\n"), "2001:db8::7");
}

CAF_TEST(a proxy that does not know or speaks for itself tells nobody) {
  CAF_CHECK_EQUAL(source("PROXY UNKNOWN\r\n"), "");
  CAF_CHECK_EQUAL(source("PROXY UNKNOWN ffff:f...f:ffff 1 2\r\n"), "");
  CAF_CHECK_EQUAL(source(binary("\x20\x00"s, "")), "");
  CAF_CHECK_EQUAL(source(binary("\x20\x11"s, v4)), "");
  CAF_CHECK_EQUAL(source(binary("\x21\x00"s, "")), "");
  CAF_CHECK_EQUAL(source(binary("\x21\x31"s, std::string(216, 'x'))), "");
}

CAF_TEST(a header of version 2 tells the client) {
  CAF_CHECK_EQUAL(source(binary("\x21\x11"s, v4)), "203.0.113.7");
  CAF_CHECK_EQUAL(source(binary("\x21\x21"s, v6)), "2001:db8::7");
}

CAF_TEST(extensions are passed over) {
  CAF_CHECK_EQUAL(source(binary("\x21\x11"s, v4 + "\x04\x00\x04"s + "abcd")), "203.0.113.7");
  CAF_CHECK_EQUAL(source(binary("\x21\x11"s, v4 + std::string(max_proxy_header - 28, 'x'))), "203.0.113.7");
}

CAF_TEST(a check of the proxy needs no addresses whatever family it names) {
  for (const auto& front : {"\x20\x00"s, "\x20\x11"s, "\x20\x21"s}) {
    const auto header = binary(front, "");
    CAF_CHECK(decode_proxy_header(header).state == proxy_header_state::whole);
    CAF_CHECK_EQUAL(decode_proxy_header(header).size, header.size());
    CAF_CHECK_EQUAL(decode_proxy_header(header).source, "");
  }
}

CAF_TEST(what begins otherwise has no header) {
  for (const auto* bytes : {"GET / HTTP/1.1\r\n", "proxy TCP4", "PROXYTCP4", "\r\n\r\nGET", "\x16\x03\x01"})
    CAF_CHECK_EQUAL(complaint(bytes), "there is none");
}

CAF_TEST(a line that is not as it must be is malformed) {
  CAF_CHECK_EQUAL(complaint("PROXY TCP5 1.2.3.4 5.6.7.8 1 2\r\n"), "its protocol is neither TCP4, TCP6 nor UNKNOWN");
  for (const auto* rest :
       {"TCP4 1.2.3.4 5.6.7.8 1", "TCP4 1.2.3.4 5.6.7.8 1 2 3", "TCP4 1.2.3.4 5.6.7.8 1 65536", "TCP4 ::1 ::1 1 2",
        "TCP6 1.2.3.4 5.6.7.8 1 2", "TCP4 1.2.3 5.6.7.8 1 2", "TCP4  1.2.3.4 5.6.7.8 1 2", "TCP4", "TCP4 a b c d"})
    CAF_CHECK_EQUAL(complaint("PROXY "s + rest + "\r\n"), "its line does not hold two addresses and two ports");
  CAF_CHECK_EQUAL(complaint("PROXY UNKNOWN" + std::string(94, 'x')), "its line is longer than 107 bytes");
}

CAF_TEST(a header of version 2 that is not as it must be is malformed) {
  CAF_CHECK_EQUAL(complaint(binary("\x11\x11"s, v4)), "its version or command is unknown");
  CAF_CHECK_EQUAL(complaint(binary("\x22\x11"s, v4)), "its version or command is unknown");
  CAF_CHECK_EQUAL(complaint(binary("\x21\x11"s, "short")), "it is too short for its addresses");
  CAF_CHECK_EQUAL(complaint(binary("\x21\x21"s, v4)), "it is too short for its addresses");
  CAF_CHECK_EQUAL(complaint(signature + "\x21\x11\x0f\xf1"s), "it is longer than 4096 bytes");
}
