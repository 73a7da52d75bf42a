#define CAF_SUITE json_text
#include "protocol/json/json_text.hpp"

#include <nlohmann/json.hpp>

#include "caf/test/unit_test.hpp"

using namespace ability;

namespace {

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string why_not(std::string_view text) {
  const auto checked = validate_json(text);
  if (checked) {
    return "valid";
  }
  return checked.error().code == errc::malformed_json ? checked.error().detail : "another code";
}

std::string nested(std::string_view open, std::string_view middle, std::string_view close, std::size_t depth) {
  std::string out;
  for (std::size_t i = 0; i < depth; ++i) {
    out += open;
  }
  out += middle;
  for (std::size_t i = 0; i < depth; ++i) {
    out += close;
  }
  return out;
}

}  // namespace

CAF_TEST(every kind of JSON value is valid) {
  for (const std::string_view text : {"null", "true", "false", "0", "-0", "-1.5e+10", "12345678901234567890123",
                                      R"("")", R"("\u00e9\ud83d\ude00\n\/")", "\"\u20ac\"", "[]", "{}", "[1,[2,{}]]",
                                      R"({"a":1,"a":2,"":null})", " \t\r\n{ \"a\" : [ ] } "}) {
    CAF_CHECK_EQUAL(why_not(text), "valid");
  }
}

CAF_TEST(what is almost JSON is malformed) {
  for (const std::string_view text : {"",
                                      " ",
                                      "nul",
                                      "True",
                                      "01",
                                      "+1",
                                      "1.",
                                      ".5",
                                      "1e",
                                      "-",
                                      "0x10",
                                      "NaN",
                                      "Infinity",
                                      "'a'",
                                      "[1,]",
                                      "{\"a\":1,}",
                                      "{a:1}",
                                      "{\"a\" 1}",
                                      "{1:2}",
                                      "[1 2]",
                                      "1 2",
                                      "{}{}",
                                      "]",
                                      "}",
                                      "[}",
                                      "{]",
                                      "\"a",
                                      "\"\\x\"",
                                      "\"\\u12\"",
                                      "\"tab\there\"",
                                      "\"line\nbreak\"",
                                      "// note\n1",
                                      "/**/1",
                                      "hello world",
                                      "[1],"}) {
    CAF_CHECK(why_not(text).starts_with("malformed JSON"));
  }
}

CAF_TEST(text that is not UTF - 8 is malformed) {
  for (const std::string_view text :
       {"\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xe2\x82\"", "\x80", "[\xf5]"}) {
    CAF_CHECK(why_not(text).starts_with("malformed JSON"));
  }
}

CAF_TEST(what no reader can hold is well - formed all the same) {
  for (const std::string_view text : {R"("\ud800")", R"("\uDC00")", R"("\ud800\u0041")", R"("\ud83d\ud83d\ude00")",
                                      R"({"text":"cut \ud83d"})", R"({"\udfff":1})", "[1e400]", "-1e-400"}) {
    CAF_CHECK_EQUAL(why_not(text), "valid");
  }
}

CAF_TEST(a string is read as the characters it stands for) {
  CAF_CHECK(decode_json_string(R"("")") == "");
  CAF_CHECK(decode_json_string(R"("a\"\\\/\b\f\n\r\tz")") == "a\"\\/\b\f\n\r\tz");
  CAF_CHECK(decode_json_string(R"("\u0000\u007f\u0080\u07ff\u0800\uFFFF")") ==
            std::string_view("\0\x7f\u0080\u07ff\u0800\uffff", 12));
  CAF_CHECK(decode_json_string(R"("\uD83D\uDE00 \udbff\udfff")") == "\U0001F600 \U0010FFFF");
  for (const auto half : {R"("\ud800")", R"("x\udfffx")", R"("\ud83d\ud83d")", R"("\ude00\ud83d")", R"("\ud83d\n")"}) {
    CAF_CHECK(!decode_json_string(half));
  }
}

CAF_TEST(what a parser may overlook must not reach a client) {
  using namespace std::string_view_literals;
  CAF_CHECK_EQUAL(why_not("1\0,2"sv), "malformed JSON: a raw NUL at byte 2");
  CAF_CHECK_EQUAL(why_not("{}\0"sv), "malformed JSON: a raw NUL at byte 3");
  CAF_CHECK_EQUAL(why_not("\"\0\""sv), "malformed JSON: a raw NUL at byte 2");
  CAF_CHECK_EQUAL(why_not("\xEF\xBB\xBF{}"), "malformed JSON: a byte order mark");
}

CAF_TEST(the fault says where) {
  CAF_CHECK_EQUAL(why_not("{\"a\":x}"), "malformed JSON: unexpected at byte 6");
  CAF_CHECK_EQUAL(why_not("[1,2"), "malformed JSON: it ends too early");
  CAF_CHECK_EQUAL(why_not(""), "malformed JSON: it ends too early");
  CAF_CHECK_EQUAL(why_not("\"a\tb\""), "malformed JSON: unexpected at byte 3");
  CAF_CHECK_EQUAL(why_not(R"(["\x"])"), "malformed JSON: unexpected at byte 4");
  CAF_CHECK_EQUAL(why_not("[01]"), "malformed JSON: unexpected at byte 3");
}

CAF_TEST(nesting is bounded for arrays and objects alike) {
  CAF_CHECK_EQUAL(why_not(nested("[", "", "]", max_json_depth)), "valid");
  CAF_CHECK_EQUAL(why_not(nested("[", "", "]", max_json_depth + 1)), "malformed JSON: nested deeper than 128");
  CAF_CHECK_EQUAL(why_not(nested("{\"a\":", "1", "}", max_json_depth)), "valid");
  CAF_CHECK_EQUAL(why_not(nested("{\"a\":", "1", "}", max_json_depth + 1)), "malformed JSON: nested deeper than 128");
}

CAF_TEST(depth is not length) {
  std::string siblings = "[";
  for (int i = 0; i < 10'000; ++i) {
    siblings += "[[]],";
  }
  siblings += "0]";
  CAF_CHECK_EQUAL(why_not(siblings), "valid");
}

CAF_TEST(a million brackets do not harm the stack) {
  const std::string brackets(1'000'000, '[');
  CAF_CHECK_EQUAL(why_not(brackets), "malformed JSON: nested deeper than 128");
}

CAF_TEST(truncated at any byte it is malformed) {
  const std::string_view whole = R"({"key":["text\u00e9",-1.5e3,true,null,{"a":{}}]})";
  CAF_CHECK_EQUAL(why_not(whole), "valid");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAF_CHECK(why_not(whole.substr(0, size)).starts_with("malformed JSON"));
  }
}

CAF_TEST(strings are quoted with as few escapes as can be) {
  CAF_CHECK_EQUAL(json_string(""), R"("")");
  CAF_CHECK_EQUAL(json_string("plain"), R"("plain")");
  CAF_CHECK_EQUAL(json_string(R"({"channel":"Chat"})"), R"("{\"channel\":\"Chat\"}")");
  CAF_CHECK_EQUAL(json_string("a\\b"), R"("a\\b")");
  CAF_CHECK_EQUAL(json_string("\b\f\n\r\t"), R"("\b\f\n\r\t")");
  CAF_CHECK_EQUAL(json_string(std::string_view{"\0\x01\x1f", 3}), R"("\u0000\u0001\u001f")");
  CAF_CHECK_EQUAL(json_string("</>&\x7f\u2028\u20ac\U0001F600"), "\"</>&\x7f\u2028\u20ac\U0001F600\"");
}

CAF_TEST(a quoted string is appended) {
  std::string out = "before";
  append_json_string(out, "x");
  CAF_CHECK_EQUAL(out, "before\"x\"");
}

CAF_TEST(strings of all lengths are escaped alike) {
  for (std::size_t size = 0; size < 300; ++size)
    for (const std::string unit : {"a", "\"", "\\\n", "\x01", "a\"\u00e9"}) {
      std::string text;
      std::string quoted;
      while (text.size() < size) {
        text += unit;
        const auto one = json_string(unit);
        quoted += one.substr(1, one.size() - 2);
      }
      CAF_REQUIRE_EQUAL(json_string(text), '"' + quoted + '"');
      CAF_REQUIRE_EQUAL(nlohmann::json::parse(json_string(text)).get<std::string>(), text);
    }
}

CAF_TEST(ill - formed bytes become replacement characters) {
  CAF_CHECK_EQUAL(json_string("a\xff"), "\"a\uFFFD\"");
  CAF_CHECK_EQUAL(json_string("\xe2\x82z"), "\"\uFFFD\uFFFDz\"");
  CAF_CHECK_EQUAL(json_string("\xed\xa0\x80"), "\"\uFFFD\uFFFD\uFFFD\"");
}

CAF_TEST(every character below 0x800 survives the round trip) {
  for (unsigned code = 0; code < 0x800; ++code) {
    std::string text;
    if (code < 0x80) {
      text += static_cast<char>(code);
    } else {
      text += static_cast<char>(0xC0 | code >> 6);
      text += static_cast<char>(0x80 | (code & 0x3F));
    }
    const auto json = json_string("<" + text + ">");
    CAF_CHECK_EQUAL(why_not(json), "valid");
    CAF_CHECK_EQUAL(nlohmann::json::parse(json).get<std::string>(), "<" + text + ">");
  }
}
