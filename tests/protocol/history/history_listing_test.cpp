#define CAF_SUITE history_listing
#include "protocol/history/history_listing.hpp"

#include <string>
#include <utility>

#include "caf/test/unit_test.hpp"

using namespace ability;

CAF_TEST(a position is an epoch and an offset) {
  CAF_CHECK(read_position("0123456789abcdef/0") == (stream_position{0x0123456789abcdef, 0}));
  CAF_CHECK(read_position("00000000000000FF/18446744073709551615") == (stream_position{255, ~std::uint64_t{0}}));
  for (const auto* other :
       {"", "/", "0123456789abcdef", "0123456789abcdef/", "0123456789abcdef 1", "0123456789abcdef/-1",
        "0123456789abcdef/+1", "0123456789abcdef/ 1", "0123456789abcdef/1 ", "0123456789abcdef/1/2",
        "0123456789abcdef/0x1", "0123456789abcdef/18446744073709551616", "0123456789abcde/1", "1"})
    CAF_CHECK(!read_position(other));
}

CAF_TEST(a log without publications has its position) {
  CAF_CHECK_EQUAL(history_listing({0xabc, 7}, 8).finish(),
                  R"({"epoch":"0000000000000abc","first":8,"last":7,"messages":[]})");
}

CAF_TEST(data is told byte for byte and what is no JSON as a string) {
  history_listing uut{{1, 9}, 7};
  uut.add(7, 1'500, {.data = R"({ "b":1, "a":12345678901234567890})", .data_is_json = true});
  uut.add(8, 1'500, {.data = "a \"quoted\"\n", .exclude_socket = "secret", .broadcast_type = "t\"ype"});
  uut.add(9, 1'600, {.data = "null", .data_is_json = true});
  CAF_CHECK_EQUAL(std::move(uut).finish(), R"({"epoch":"0000000000000001","first":7,"last":9,"messages":[)"
                                           R"({"offset":7,"time":1500,"data":{ "b":1, "a":12345678901234567890}},)"
                                           R"({"offset":8,"time":1500,"data":"a \"quoted\"\n","type":"t\"ype"},)"
                                           R"({"offset":9,"time":1600,"data":null}]})");
}
