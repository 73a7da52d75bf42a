#define CAF_SUITE redis_benchmark

#include "tests/bench/redis_benchmark.hpp"

#include <caf/test/unit_test.hpp>
#include <stdexcept>

using namespace ability::load;

namespace {

const std::string header =
    "\"test\",\"rps\",\"avg_latency_ms\",\"min_latency_ms\",\"p50_latency_ms\",\"p95_latency_ms\",\"p99_latency_ms\","
    "\"max_latency_ms\"\n";

bool is_refused(const char* resp) {
  try {
    words_of_command(resp);
    return false;
  } catch (const std::invalid_argument&) {
    return true;
  }
}

}  // namespace

CAF_TEST(the command in the output may hold what the output consists of) {
  CAF_CHECK_EQUAL(requests_per_second(header + "\"GET k\",\"39215.69\",\"0.761\",\"0.080\",\"0.111\",\"3.951\",\"7.7\","
                                               "\"7.807\"\n"),
                  39'215.69);
  CAF_CHECK_EQUAL(requests_per_second(header + "\"EVALSHA ab 2 {\"n\":\"1\",\"t\":\"2\",\"u\":\"\"} \",\"5.5\","
                                               "\"1\",\"2\",\"3\",\"4\",\"5\",\"6\"\r\n"),
                  5.5);
}

CAF_TEST(output without a figure has none) {
  CAF_CHECK(!requests_per_second(""));
  CAF_CHECK(!requests_per_second("\n"));
  CAF_CHECK(!requests_per_second(header));
  CAF_CHECK(!requests_per_second(header + "Error from server: NOSCRIPT No matching script.\n"));
  CAF_CHECK(!requests_per_second(header + "\"GET k\",\"39215.69\",\"0.761\"\n"));
  CAF_CHECK(!requests_per_second(header + "\"GET k\",\"many\",\"1\",\"2\",\"3\",\"4\",\"5\",\"6\"\n"));
  CAF_CHECK(!requests_per_second(header + "\"GET k\",\"0.00\",\"1\",\"2\",\"3\",\"4\",\"5\",\"6\"\n"));
  CAF_CHECK(!requests_per_second("Could not connect to Redis at 127.0.0.1:1: Connection refused\n"));
}

CAF_TEST(words of a command may be empty and hold any bytes) {
  const auto words = words_of_command("*3\r\n$3\r\nGET\r\n$0\r\n\r\n$4\r\n\r\n$1\r\n");
  CAF_REQUIRE_EQUAL(words.size(), 3U);
  CAF_CHECK_EQUAL(words[0], "GET");
  CAF_CHECK_EQUAL(words[1], "");
  CAF_CHECK_EQUAL(words[2], "\r\n$1");
  CAF_CHECK(words_of_command("*0\r\n").empty());
}

CAF_TEST(anything else than one command is refused) {
  for (const auto* const text :
       {"", "*1\r\n", "*1\r\n$3\r\nGE\r\n", "*1\r\n$3\r\nGETS\r\n", "*1\r\n:3\r\n", "*x\r\n", "*-1\r\n",
        "*1\r\n$99999999999999999999\r\n", "*1\r\n$18446744073709551615\r\nGET\r\n", "*0\r\n*0\r\n", "PING\r\n"})
    CAF_CHECK(is_refused(text));
}
