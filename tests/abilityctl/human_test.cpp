#define CAF_SUITE human
#include "apps/abilityctl/terminal/human.hpp"

#include <cmath>
#include <cstdlib>
#include <ctime>

#include "caf/test/unit_test.hpp"

using namespace ability;

CAF_TEST(bytes) {
  CAF_CHECK_EQUAL(human_bytes(0), "0 B");
  CAF_CHECK_EQUAL(human_bytes(1'023), "1023 B");
  CAF_CHECK_EQUAL(human_bytes(1'024), "1.0 KiB");
  CAF_CHECK_EQUAL(human_bytes(1'290), "1.3 KiB");
  CAF_CHECK_EQUAL(human_bytes(200 * 1'024), "200 KiB");
  CAF_CHECK_EQUAL(human_bytes(85'000'000), "81.1 MiB");
  CAF_CHECK_EQUAL(human_bytes(std::pow(1'024.0, 3)), "1.0 GiB");
}

CAF_TEST(rounding never shows a thousand of a unit) {
  CAF_CHECK_EQUAL(human_bytes(1'023.9 * 1'024), "1024 KiB");
  CAF_CHECK_EQUAL(human_bytes(1'023.99 * 1'024), "1.0 MiB");
  CAF_CHECK_EQUAL(human_number(999.4), "999");
  CAF_CHECK_EQUAL(human_number(999.6), "1.00k");
  CAF_CHECK_EQUAL(human_number(999'600), "1.00M");
  CAF_CHECK_EQUAL(human_number(9'996), "10.0k");
  CAF_CHECK_EQUAL(human_number(99'960), "100k");
  CAF_CHECK_EQUAL(human_seconds(59.7), "1m 00s");
  CAF_CHECK_EQUAL(human_seconds(9.96), "10 s");
  CAF_CHECK_EQUAL(human_milliseconds(999.7), "1.0 s");
}

CAF_TEST(numbers) {
  CAF_CHECK_EQUAL(human_number(0), "0");
  CAF_CHECK_EQUAL(human_number(0.4), "0.4");
  CAF_CHECK_EQUAL(human_number(7), "7");
  CAF_CHECK_EQUAL(human_number(43.2), "43");
  CAF_CHECK_EQUAL(human_number(1'234), "1.23k");
  CAF_CHECK_EQUAL(human_number(15'000), "15.0k");
  CAF_CHECK_EQUAL(human_number(2'500'000), "2.50M");
}

CAF_TEST(durations) {
  CAF_CHECK_EQUAL(human_seconds(0.42), "0.4 s");
  CAF_CHECK_EQUAL(human_seconds(12), "12 s");
  CAF_CHECK_EQUAL(human_seconds(184), "3m 04s");
  CAF_CHECK_EQUAL(human_seconds(3'600), "1h 00m");
  CAF_CHECK_EQUAL(human_seconds(7'530), "2h 05m");
  CAF_CHECK_EQUAL(human_seconds(273'845), "3d 4h");
  CAF_CHECK_EQUAL(human_seconds(-1), unknown_figure);
  CAF_CHECK_EQUAL(human_seconds(std::nan("")), unknown_figure);
  CAF_CHECK_EQUAL(human_seconds(1e300), unknown_figure);
  CAF_CHECK_EQUAL(human_milliseconds(0.424), "0.42 ms");
  CAF_CHECK_EQUAL(human_milliseconds(12.4), "12 ms");
  CAF_CHECK_EQUAL(human_milliseconds(1'240), "1.2 s");
  CAF_CHECK_EQUAL(human_milliseconds(75'000), "1m 15s");
}

CAF_TEST(time limits) {
  CAF_CHECK_EQUAL(human_timeout(std::chrono::milliseconds{5'000}), "5 s");
  CAF_CHECK_EQUAL(human_timeout(std::chrono::milliseconds{250}), "0.25 s");
  CAF_CHECK_EQUAL(human_timeout(std::chrono::milliseconds{65'001}), "65.001 s");
}

CAF_TEST(the time of day) {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  CAF_CHECK_EQUAL(human_clock(1'700'000'000'000), "22:13:20");
}
