#define CAF_SUITE presence
#include "caf/test/unit_test.hpp"
#include "protocol/presence/presence_messages.hpp"
#include "protocol/presence/presence_request.hpp"

using namespace ability;

namespace {

std::string fault_of(std::string_view json) { return std::string{read_presence_request(json).fault}; }

}  // namespace

CAF_TEST(an id is a text or a number) {
  for (const auto& [given, id] :
       {std::pair{R"({"id":"me"})", "me"}, std::pair{R"({"id":7})", "7"}, std::pair{R"({"id":-1.50})", "-1.50"},
        std::pair{R"({"id":"\u00e9\n\"","info":null})", "\xc3\xa9\n\""}, std::pair{R"({"id":1,"id":"2"})", "2"},
        std::pair{R"({"id":" "})", " "}, std::pair{R"({"id":12345678901234567890})", "12345678901234567890"}}) {
    CAF_CHECK_EQUAL(read_presence_request(given).id, id);
    CAF_CHECK_EQUAL(fault_of(given), "");
  }
}

CAF_TEST(nobody joins without an id) {
  for (const auto* no_id : {"{}", R"({"info":{}})", R"({"id":""})", R"({"id":null})", R"({"id":true})", R"({"id":[]})",
                            R"({"id":{"id":"me"}})", R"({"ID":"me"})"})
    CAF_CHECK_EQUAL(fault_of(no_id), R"("id" of "presence" must be a non-empty string or a number)");
  for (const auto* no_object : {"7", R"("me")", "true", "[]", R"({"id":"\ud800"})", R"({"id":1e400})", "{"})
    CAF_CHECK_EQUAL(fault_of(no_object), presence_has_no_id);
}

CAF_TEST(the info is kept byte for byte) {
  for (const auto* info : {R"({ "b":1, "a":12345678901234567890, "b":1.10, "h":"\u003c<\/\ud800" })", "7", "[]",
                           R"("text")", "false", "1e400"})
    CAF_CHECK_EQUAL(read_presence_request(R"({"info":)" + std::string{info} + R"(,"id":"me"})").info, info);
  for (const auto* none : {R"({"id":"me"})", R"({"id":"me","info":null})"})
    CAF_CHECK_EQUAL(read_presence_request(none).info, "");
}

CAF_TEST(a question asks for the records unless it says otherwise) {
  CAF_CHECK(!read_presence_question(R"({"return_records":false})").wants_records);
  for (const auto* other : {R"({"return_records":true})", "{}", R"({"return_records":0})", "[]", "7", "{"})
    CAF_CHECK(read_presence_question(other).wants_records);
}

CAF_TEST(events and lists have the bytes of AnyCable) {
  CAF_CHECK_EQUAL(presence_joined("P", R"({"a":1})"), R"({"type":"join","info":{"a":1},"id":"P"})");
  CAF_CHECK_EQUAL(presence_joined("P\"", ""), R"({"type":"join","id":"P\""})");
  CAF_CHECK_EQUAL(presence_left("P"), R"({"type":"leave","id":"P"})");
  auto listing = presence_total(0);
  CAF_CHECK_EQUAL(listing, R"({"type":"info","total":0})");
  append_presence_record(listing, "a", "1");
  CAF_CHECK_EQUAL(listing, R"({"type":"info","total":0,"records":[{"info":1,"id":"a"}]})");
  append_presence_record(listing, "b", "");
  CAF_CHECK_EQUAL(listing, R"({"type":"info","total":0,"records":[{"info":1,"id":"a"},{"id":"b"}]})");
}
