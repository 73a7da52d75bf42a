#define CAF_SUITE hex
#include "protocol/text/hex.hpp"

#include <array>

#include "caf/test/unit_test.hpp"

using namespace ability;

CAF_TEST(bytes become two digits each) {
  CAF_CHECK_EQUAL(to_hex({}), "");
  const std::array<unsigned char, 4> bytes{0x00, 0x0f, 0xa0, 0xff};
  CAF_CHECK_EQUAL(to_hex(bytes), "000fa0ff");
}
