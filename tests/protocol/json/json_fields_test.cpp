// Labels: hardened
#define CAF_SUITE json_fields
#include "protocol/json/json_fields.hpp"

#include "caf/test/unit_test.hpp"

using namespace ability;

namespace {

// Value of `key` in `object`, as raw bytes of `object`.
std::string raw_member(std::string_view object, std::string_view key) {
  json_field field{.key = key, .raw_only = true};
  json_field* const fields[] = {&field};
  const auto read = read_object(object, "it", fields);
  return read ? std::string{field.raw} : read.error().detail;
}

// Text of `key`, or the reason why there is none.
std::string text_member(std::string_view object, std::string_view key) {
  json_field field{key};
  json_field* const fields[] = {&field};
  const auto read = read_object(object, "it", fields);
  return read ? field.text : read.error().detail;
}

}  // namespace

CAF_TEST(a field is found as it stands) {
  const std::string_view object =
      R"( { "a" : 1.10 ,"b":{"a":"}\"","c":[ {} ,"]"]}, "s":"\\\"}","n":null,"\u0064":true,"e":[],"z":-1e5} )";
  CAF_CHECK_EQUAL(raw_member(object, "a"), "1.10");
  CAF_CHECK_EQUAL(raw_member(object, "b"), R"({"a":"}\"","c":[ {} ,"]"]})");
  CAF_CHECK_EQUAL(raw_member(object, "s"), R"("\\\"}")");
  CAF_CHECK_EQUAL(raw_member(object, "n"), "null");
  CAF_CHECK_EQUAL(raw_member(object, "d"), "true");
  CAF_CHECK_EQUAL(raw_member(object, "e"), "[]");
  CAF_CHECK_EQUAL(raw_member(object, "z"), "-1e5");
  CAF_CHECK_EQUAL(raw_member(object, "c"), "");
  CAF_CHECK_EQUAL(raw_member("{}", "a"), "");
  CAF_CHECK_EQUAL(raw_member(R"({"a":1,"a":{"a":2}})", "a"), R"({"a":2})");
  CAF_CHECK_EQUAL(raw_member(R"({"a":{"a":2},"a":1})", "a"), "1");
  CAF_CHECK_EQUAL(raw_member(R"({"a":[],"b":{}})", "a"), "[]");
}

CAF_TEST(only what is used has to be characters and finite numbers) {
  const std::string_view object =
      R"({"half":"\ud83d","a":"\u00e9","\ud83d":"\ude00","in":{"half":"\ud83d"},"huge":1e400})";
  CAF_CHECK_EQUAL(text_member(object, "a"), "\u00e9");
  CAF_CHECK_EQUAL(raw_member(object, "half"), R"("\ud83d")");
  CAF_CHECK_EQUAL(raw_member(object, "huge"), "1e400");
  CAF_CHECK_EQUAL(text_member(object, "half"), R"(malformed JSON: half a surrogate pair in "half" at byte 9)");
  CAF_CHECK_EQUAL(text_member(object, "huge"), R"(malformed JSON: a number out of range in "huge" at byte 79)");
  CAF_CHECK_EQUAL(text_member(R"({"b":{"c":1},"a":"x"})", "a"), "x");
}

CAF_TEST(a number is the double nearest to it) {
  const auto number = [](std::string_view text) {
    json_field field{"n"};
    json_field* const fields[] = {&field};
    const auto object = R"({"n":)" + std::string{text} + "}";
    CAF_CHECK(read_object(object, "it", fields).has_value());
    return field.number;
  };
  CAF_CHECK_EQUAL(number("-0.5e1"), -5.0);
  CAF_CHECK_EQUAL(number("18446744073709551615"), 18446744073709551615.0);
  CAF_CHECK_EQUAL(number("1e-400"), 0.0);
  CAF_CHECK_EQUAL(number("-1.7976931348623157e308"), -1.7976931348623157e308);
}
