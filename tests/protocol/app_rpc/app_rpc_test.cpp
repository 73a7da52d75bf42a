#define CAF_SUITE app_rpc
#include "protocol/app_rpc/app_rpc.hpp"

#include <set>

#include "caf/test/unit_test.hpp"

using namespace ability;

namespace {

text_map merged(text_map into, const text_map& changes) {
  merge_state(into, changes);
  return into;
}

}  // namespace

CAF_TEST(a change sets and replaces and leaves the rest alone) {
  CAF_CHECK_EQUAL(merged({}, {{"a", "1"}}), (text_map{{"a", "1"}}));
  CAF_CHECK_EQUAL(merged({{"a", "1"}, {"b", "2"}}, {{"b", "3"}, {"c", "4"}}),
                  (text_map{{"a", "1"}, {"b", "3"}, {"c", "4"}}));
  CAF_CHECK_EQUAL(merged({{"a", "1"}}, {}), (text_map{{"a", "1"}}));
}

CAF_TEST(an empty text deletes its key and is never kept) {
  CAF_CHECK_EQUAL(merged({{"a", "1"}, {"b", "2"}}, {{"a", ""}}), (text_map{{"b", "2"}}));
  CAF_CHECK_EQUAL(merged({}, {{"a", ""}}), text_map{});
}

CAF_TEST(texts are taken byte for byte) {
  CAF_CHECK_EQUAL(merged({}, {{" k ", "  "}, {"", "empty key"}, {"j", "{\"x\":1}"}}),
                  (text_map{{"", "empty key"}, {" k ", "  "}, {"j", "{\"x\":1}"}}));
}

CAF_TEST(methods have the names of their paths) {
  CAF_CHECK_EQUAL(name_of(rpc_method::connect), "connect");
  CAF_CHECK_EQUAL(name_of(rpc_method::command), "command");
  CAF_CHECK_EQUAL(name_of(rpc_method::disconnect), "disconnect");
}

CAF_TEST(the numbers of statuses are those on the wire) {
  CAF_CHECK_EQUAL(static_cast<int>(rpc_status::error), 0);
  CAF_CHECK_EQUAL(static_cast<int>(rpc_status::success), 1);
  CAF_CHECK_EQUAL(static_cast<int>(rpc_status::failure), 2);
  CAF_CHECK_EQUAL(name_of(rpc_status::error), "error");
  CAF_CHECK_EQUAL(name_of(rpc_status::success), "success");
  CAF_CHECK_EQUAL(name_of(rpc_status::failure), "failure");
}

CAF_TEST(each reason has a name of its own that is no status) {
  std::set<std::string_view> names{"error", "success", "failure"};
  for (const auto why : {rpc_failure::unavailable, rpc_failure::exhausted, rpc_failure::timed_out,
                         rpc_failure::unauthorized, rpc_failure::invalid, rpc_failure::broken, rpc_failure::refused})
    CAF_CHECK(names.insert(name_of(why)).second);
  CAF_CHECK_EQUAL(name_of(rpc_failure::timed_out), "timed_out");
}

CAF_TEST(an answer without a status is an error) { CAF_CHECK(rpc_reply{}.status == rpc_status::error); }
