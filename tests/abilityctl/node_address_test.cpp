#define CAF_SUITE node_address
#include "apps/abilityctl/cli/node_address.hpp"

#include "caf/test/unit_test.hpp"

using namespace ability;

CAF_TEST(an address has a host and maybe a port) {
  CAF_CHECK(parse_node_address("localhost") == (node_address{"localhost", 7'700}));
  CAF_CHECK(parse_node_address("10.0.0.7:1") == (node_address{"10.0.0.7", 1}));
  CAF_CHECK(parse_node_address("[::1]:65535") == (node_address{"::1", 65'535}));
  CAF_CHECK(parse_node_address("[fe80::1]") == (node_address{"fe80::1", 7'700}));
  CAF_CHECK(parse_node_address("::1") == (node_address{"::1", 7'700}));
}

CAF_TEST(it is written as it is read) {
  for (const std::string text : {"localhost:7700", "10.0.0.7:1", "[::1]:65535"})
    CAF_CHECK_EQUAL(to_string(*parse_node_address(text)), text);
}

CAF_TEST(only what needs no look - up is known to be this machine) {
  for (const std::string host : {"localhost", "127.0.0.1", "127.9.9.9", "::1"})
    CAF_CHECK(is_loopback({host, 1}));
  for (const std::string host : {"10.0.0.7", "128.0.0.1", "127.example.com", "localhost.example.com", "::2", "fe80::1"})
    CAF_CHECK(!is_loopback({host, 1}));
}

CAF_TEST(anything else is refused) {
  for (const char* text : {"", ":7700", "host:", "host:0", "host:65536", "host:77x", "host:-1", "host: 1", "[::1",
                           "[]:1", "[::1]x", "[::1]7700", "a b", "a\nb", "http://host", "a,b", "host:1,host:2"})
    CAF_CHECK(!parse_node_address(text));
}
