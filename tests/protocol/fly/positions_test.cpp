// Labels: hardened
#define CAF_SUITE fly_positions
#include "protocol/fly/positions.hpp"

#include "caf/test/unit_test.hpp"

using namespace ability;
using namespace ability::fly;

namespace {

errc refused(std::string_view buffer) {
  const auto read = decode_beginning(buffer);
  CAF_REQUIRE(read.has_error());
  return read.error().code;
}

}  // namespace

CAF_TEST(a position is two numbers of eight bytes) {
  using namespace std::string_literals;
  std::string out = "x";
  append_position(out, stream_position{0x0102030405060708, 0xfffffffffffffffe});
  CAF_CHECK_EQUAL(out, "x\x01\x02\x03\x04\x05\x06\x07\x08\xff\xff\xff\xff\xff\xff\xff\xfe"s);
  const auto buffer = out.substr(1) + "data";
  const auto parts = split_position(buffer);
  CAF_REQUIRE(parts);
  CAF_CHECK(parts->at == (stream_position{0x0102030405060708, 0xfffffffffffffffe}));
  CAF_CHECK_EQUAL(parts->data, "data");
}

CAF_TEST(a message without a position has zeros) {
  std::string out;
  append_position(out, std::nullopt);
  CAF_CHECK_EQUAL(out, std::string(position_size, '\0'));
  const auto parts = split_position(out);
  CAF_REQUIRE(parts);
  CAF_CHECK(!parts->at && parts->data.empty());
  for (std::size_t size = 0; size < position_size; ++size)
    CAF_CHECK(!split_position(std::string_view{out}.substr(0, size)));
}

CAF_TEST(a Confirm comes back) {
  const beginning one{.positions = {{{0xabc, 7}, 9}}};
  CAF_CHECK_EQUAL(encode_beginning(one), R"({"positions":[{"epoch":"0000000000000abc","offset":7,"last":9}]})");
  const beginning two{.positions = {{{1, 0}, 0}, {{2, ~std::uint64_t{0}}, ~std::uint64_t{0}}}, .completes = false};
  const auto text = encode_beginning(two);
  CAF_CHECK(text.ends_with(R"(,"offset":18446744073709551615,"last":18446744073709551615}],"history":false})"));
  const auto back = decode_beginning(text);
  CAF_REQUIRE(back.has_value());
  CAF_CHECK_EQUAL(encode_beginning(*back), text);
  CAF_CHECK_EQUAL(encode_beginning({.completes = true}), R"({"positions":[],"history":true})");
}

CAF_TEST(keys of a Confirm may be missing or unknown) {
  const auto nothing = decode_beginning("{}");
  CAF_CHECK(nothing->positions.empty() && !nothing->completes);
  const auto some =
      decode_beginning(R"({"x":1,"history":null,"positions":[{"epoch":"0000000000000001","offset":5,"y":[]}]})");
  CAF_REQUIRE(some.has_value());
  CAF_CHECK(!some->completes);
  CAF_CHECK(some->positions[0].at == (stream_position{1, 5}));
  CAF_CHECK_EQUAL(some->positions[0].last, 5u);
}

CAF_TEST(what is no Confirm is refused) {
  CAF_CHECK(refused("") == errc::malformed_json);
  CAF_CHECK(refused("{") == errc::malformed_json);
  CAF_CHECK(refused("[]") == errc::wrong_type);
  CAF_CHECK(refused(R"({"positions":{}})") == errc::wrong_type);
  CAF_CHECK(refused(R"({"positions":[1]})") == errc::wrong_type);
  CAF_CHECK(refused(R"({"positions":[{"offset":1}]})") == errc::missing_key);
  CAF_CHECK(refused(R"({"positions":[{"epoch":"1","offset":1}]})") == errc::wrong_value);
  CAF_CHECK(refused(R"({"positions":[{"epoch":"0000000000000001","offset":-1}]})") == errc::wrong_type);
  CAF_CHECK(refused(R"({"positions":[{"epoch":"0000000000000001","offset":1,"last":"1"}]})") == errc::wrong_type);
  CAF_CHECK(refused(R"({"history":1})") == errc::wrong_type);
}
