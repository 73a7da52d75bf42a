#define CAF_SUITE utf8
#include "protocol/text/utf8.hpp"

#include <string>

#include "caf/test/unit_test.hpp"

using namespace ability;

CAF_TEST(the first and last character of each length are well formed) {
  const std::string_view well_formed[] = {
      "\x01",         "\x7f",         "\xc2\x80",     "\xdf\xbf",         "\xe0\xa0\x80",
      "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
  for (const auto text : well_formed) {
    CAF_CHECK_EQUAL(utf8_character(text), text.size());
    CAF_CHECK(is_utf8(text));
  }
  CAF_CHECK_EQUAL(utf8_character(std::string_view{"\0", 1}), 1u);
}

CAF_TEST(overlong forms and surrogates and what is beyond Unicode are refused) {
  const std::string_view ill_formed[] = {
      "\x80",         "\xbf",         "\xc0\x80",         "\xc1\xbf",         "\xe0\x80\x80",     "\xe0\x9f\xbf",
      "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
      "\xfe",         "\xff",         "\xc2\x41",         "\xe1\x80\x41",     "\xf1\x80\x80\x41", "\xc2\xc2"};
  for (const auto text : ill_formed) {
    CAF_CHECK_EQUAL(utf8_character(text), 0u);
    CAF_CHECK(!is_utf8(text));
    CAF_CHECK(!is_utf8("before" + std::string{text} + "after"));
  }
}

CAF_TEST(a character cut at any byte is refused) {
  for (const std::string_view text : {"\u00e9", "\u20ac", "\U0001F600"}) {
    for (std::size_t size = 1; size < text.size(); ++size) {
      CAF_CHECK_EQUAL(utf8_character(text.substr(0, size)), 0u);
      CAF_CHECK(!is_utf8(text.substr(0, size)));
    }
  }
  CAF_CHECK_EQUAL(utf8_character(""), 0u);
  CAF_CHECK(is_utf8(""));
}

CAF_TEST(what is not UTF-8 is taken for Latin-1) {
  CAF_CHECK_EQUAL(to_utf8("caf\xc3\xa9"), "caf\xc3\xa9");
  CAF_CHECK_EQUAL(to_utf8("caf\xe9"), "caf\xc3\xa9");
  CAF_CHECK_EQUAL(to_utf8("\xff\x80"), "\xc3\xbf\xc2\x80");
  CAF_CHECK_EQUAL(to_utf8(""), "");
}

CAF_TEST(a prefix ends between characters) {
  const std::string_view text = "a\u20acb\U0001F600";
  CAF_CHECK_EQUAL(utf8_prefix(text, 0), "");
  CAF_CHECK_EQUAL(utf8_prefix(text, 1), "a");
  CAF_CHECK_EQUAL(utf8_prefix(text, 2), "a");
  CAF_CHECK_EQUAL(utf8_prefix(text, 3), "a");
  CAF_CHECK_EQUAL(utf8_prefix(text, 4), "a\u20ac");
  CAF_CHECK_EQUAL(utf8_prefix(text, 5), "a\u20acb");
  CAF_CHECK_EQUAL(utf8_prefix(text, 8), "a\u20acb");
  CAF_CHECK_EQUAL(utf8_prefix(text, 9), text);
  CAF_CHECK_EQUAL(utf8_prefix(text, 100), text);
}
