#define CAF_SUITE percent_decode
#include "protocol/text/percent_decode.hpp"

#include "caf/test/unit_test.hpp"

using namespace ability;
using namespace std::string_literals;

CAF_TEST(characters are decoded and a plus is what the place says) {
  CAF_CHECK_EQUAL(percent_decode("a%20b+c%2bd%2Fé", ' '), "a b c+d/é");
  CAF_CHECK_EQUAL(percent_decode("a+%00", '+'), "a+\0"s);
  CAF_CHECK_EQUAL(percent_decode("", '+'), "");
}

CAF_TEST(what is not encoded stays as it is or is a mistake) {
  for (const auto* text : {"%", "a%", "%4", "%4g", "%g4", "%%41", "%-1", "% 1", "%0x", "a%41%"}) {
    CAF_CHECK(!strict_percent_decode(text));
    CAF_CHECK(percent_decode(text, '+').find('%') != std::string::npos);
  }
  CAF_CHECK_EQUAL(percent_decode("%%41", '+'), "%A");
  CAF_CHECK_EQUAL(strict_percent_decode("p%40ss+%2525").value_or("none"), "p@ss+%25");
  CAF_CHECK_EQUAL(strict_percent_decode("").value_or("none"), "");
}
