#define CAF_SUITE history_request
#include "protocol/history/history_request.hpp"

#include <string>

#include "caf/test/unit_test.hpp"

using namespace ability;

namespace {

constexpr std::uint64_t epoch = 0x0123456789abcdef;

std::string with_offset(const std::string& offset) {
  return R"({"streams":{"s":{"epoch":"0123456789abcdef","offset":)" + offset + "}}}";
}

std::optional<stream_position> position_in(const std::string& json) {
  const auto read = read_history_request(json);
  CAF_REQUIRE(read.is_valid);
  const auto* const found = read.find("s");
  CAF_REQUIRE(found != nullptr);
  return found->at;
}

}  // namespace

CAF_TEST(an epoch is sixteen hex digits) {
  std::string text;
  append_epoch(text, epoch);
  CAF_CHECK_EQUAL(text, "0123456789abcdef");
  CAF_CHECK(read_epoch(text) == epoch);
  CAF_CHECK(read_epoch("FFFFFFFFFFFFFFFF") == ~std::uint64_t{0});
  for (const auto* other : {"", "0", "0123456789abcde", "0123456789abcdef0", "0123456789abcdeg", " 123456789abcdef",
                            "-123456789abcdef", "0x23456789abcdef"})
    CAF_CHECK(!read_epoch(other));
}

CAF_TEST(a request has a time and positions) {
  const auto both = read_history_request(
      R"({"since":1700000000,"streams":{"s":{"epoch":"0123456789abcdef","offset":7},"t":{"epoch":"0000000000000000","offset":0}}})");
  CAF_CHECK(both.is_valid);
  CAF_CHECK(both.since == 1'700'000'000);
  CAF_CHECK_EQUAL(both.streams.size(), 2u);
  CAF_CHECK(both.find("s")->at == (stream_position{epoch, 7}));
  CAF_CHECK(both.find("t")->at == (stream_position{0, 0}));
  CAF_CHECK(both.find("u") == nullptr);
  const auto no_streams = read_history_request(R"({"streams":{}})");
  CAF_CHECK(no_streams.is_valid && no_streams.streams.empty() && !no_streams.since);
}

CAF_TEST(numbers come as clients write them) {
  for (const auto* seven : {"7", R"("7")", R"({"low":7,"high":0,"unsigned":true})", R"({"low":7,"high":0})"})
    CAF_CHECK(position_in(with_offset(seven)) == (stream_position{epoch, 7}));
  CAF_CHECK(position_in(with_offset("18446744073709551615"))->offset == ~std::uint64_t{0});
  CAF_CHECK(position_in(with_offset(R"({"low":-1,"high":-1,"unsigned":true})"))->offset == ~std::uint64_t{0});
  CAF_CHECK(position_in(with_offset(R"({"low":-1,"high":1})"))->offset == 0x1'ffff'ffff);
  CAF_CHECK(read_history_request(R"({"since":"1700000000"})").since == 1'700'000'000);
  CAF_CHECK(read_history_request(R"({"since":{"low":7,"high":0}})").since == 7);
  CAF_CHECK(read_history_request(R"({"since":1700000000.9})").since == 1'700'000'000);
}

CAF_TEST(a value that is no position stands for a stream that cannot be answered) {
  for (const auto* wrong :
       {"18446744073709551616", "-1", "1.5", "null", "true", "[7]", R"("")", R"("seven")", R"("-7")", R"("7 ")", "{}",
        R"({"low":7})", R"({"low":0,"high":-1,"unsigned":false})", R"({"low":1.5,"high":0})", R"([{"low":7,"high":0}])",
        R"({"low":"7","high":0})", R"({"low":0,"high":-1})", R"({"low":4294967296,"high":0})"})
    CAF_CHECK(!position_in(with_offset(wrong)));
  for (const auto* wrong :
       {R"({"streams":{"s":7}})", R"({"streams":{"s":null}})", R"({"streams":{"s":{"offset":7}}})",
        R"({"streams":{"s":{"epoch":7,"offset":7}}})", R"({"streams":{"s":{"epoch":"x","offset":7}}})"})
    CAF_CHECK(!position_in(wrong));
}

CAF_TEST(a request that asks for nothing is not valid) {
  for (const auto* wrong : {"", "null", "7", R"("x")", "[]", "{}", R"({"since":0})", R"({"since":null})",
                            R"({"since":-1})", R"({"since":"soon"})", R"({"since":[]})", R"({"since":1,"streams":[]})",
                            R"({"since":-1e300})", R"({"streams":7})", R"({"since":"x","streams":{}})", "{"})
    CAF_CHECK(!read_history_request(wrong).is_valid);
}

CAF_TEST(the last of equal keys counts and others are ignored) {
  const auto read = read_history_request(
      R"({"since":{"low":1,"high":0},"since":7,"x":{"epoch":1},"streams":{"t":1},"streams":{"s":{"epoch":"0","offset":1},)"
      R"("s":{"x":{"low":1},"offset":{"low":9,"high":9},"offset":3,"epoch":"0000000000000000","epoch":"0123456789abcdef"}}})");
  CAF_CHECK(read.is_valid && read.since == 7 && read.find("t") == nullptr);
  CAF_REQUIRE(read.find("s") != nullptr);
  CAF_CHECK(read.find("s")->at == (stream_position{epoch, 3}));
}

CAF_TEST(a time that no clock shows is a time in the future) {
  for (const auto* far : {"18446744073709551615", R"("18446744073709551615")", "9223372036854775807"}) {
    const auto read = read_history_request(std::string{R"({"since":)"} + far + "}");
    CAF_CHECK(read.is_valid && *read.since > 9'000'000'000'000'000 && *read.since <= INT64_MAX / 1'000);
  }
}
