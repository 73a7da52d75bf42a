#define CAF_SUITE terminal_text
#include "apps/abilityctl/terminal/terminal_text.hpp"

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "caf/test/unit_test.hpp"

using namespace ability;

CAF_TEST(what a terminal would obey is shown instead) {
  CAF_CHECK_EQUAL(printable("a\x1b[31mb\a\n\t\r\x7f"), "a\\x1b[31mb\\x07\\n\\t\\r\\x7f");
  CAF_CHECK_EQUAL(printable(std::string_view{"\0", 1}), "\\x00");
  // The one character that begins a control sequence in UTF-8 terminals, and marks that change the text direction.
  CAF_CHECK_EQUAL(printable("\u009b2J\u202egnp\u2066\ufeff\U000e0041"), "\\u009b2J\\u202egnp\\u2066\\ufeff\\U000e0041");
  CAF_CHECK_EQUAL(printable("\xff\xc3z\xe2\x82"), "\\xff\\xc3z\\xe2\\x82");
}

CAF_TEST(text that is harmless stays) {
  for (const std::string text : {"", "chat/1", "{\"user_id\":1}", "caf\u00e9", "\u65e5\u672c", "\U0001f600", "e\u0301"})
    CAF_CHECK_EQUAL(printable(text), text);
}

CAF_TEST(JSON stays the same JSON) {
  const nlohmann::json value{{"a\x1b", "\u009b\x7f\u202e\U000e0041 caf\u00e9"}};
  const auto text = printable_json(value.dump());
  CAF_CHECK_EQUAL(text, "{\"a\\u001b\":\"\\u009b\\u007f\\u202e\\udb40\\udc41 caf\u00e9\"}");
  CAF_CHECK(nlohmann::json::parse(text) == value);
}

CAF_TEST(width counts columns and not bytes) {
  CAF_CHECK_EQUAL(width_of(""), 0u);
  CAF_CHECK_EQUAL(width_of("caf\u00e9"), 4u);
  CAF_CHECK_EQUAL(width_of("e\u0301"), 1u);
  CAF_CHECK_EQUAL(width_of("\u65e5\u672c"), 4u);
  CAF_CHECK_EQUAL(width_of("\U0001f600"), 2u);
  CAF_CHECK_EQUAL(width_of("\u2581\u2588\u2026"), 3u);
}

CAF_TEST(clipping ends between characters and never exceeds the columns) {
  CAF_CHECK_EQUAL(clipped("abcdef", 6), "abcdef");
  CAF_CHECK_EQUAL(clipped("abcdef", 5), "abcd\u2026");
  CAF_CHECK_EQUAL(clipped("abcdef", 1), "\u2026");
  CAF_CHECK_EQUAL(clipped("abcdef", 0), "");
  const std::string_view mixed = "a\u65e5b\u672ce\u0301\U0001f600z";
  for (std::size_t columns = 0; columns < 12; ++columns) {
    const auto text = clipped(mixed, columns);
    CAF_CHECK(width_of(text) <= columns);
    CAF_CHECK_EQUAL(printable(text), text);
  }
  CAF_CHECK_EQUAL(clipped(mixed, 3), "a\u2026");
  CAF_CHECK_EQUAL(clipped(mixed, 4), "a\u65e5\u2026");
}

CAF_TEST(what is no terminal gets neither colours nor clipping) {
  const auto style = text_style::of(-1);
  CAF_CHECK_EQUAL(style.columns, 0u);
  CAF_CHECK(!style.ansi);
}
