#define CAF_SUITE base64
#include "protocol/text/base64.hpp"

#include <utility>

#include "caf/test/unit_test.hpp"

using namespace ability;
using namespace std::string_view_literals;

namespace {

// RFC 4648 section 10
constexpr std::pair<std::string_view, std::string_view> vectors[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};

std::string_view without_padding(std::string_view text) { return text.substr(0, text.find('=')); }

std::string decoded(std::string_view text) {
  const auto bytes = decode_base64(text);
  return bytes ? *bytes : bytes.error().detail;
}

}  // namespace

CAF_TEST(the vectors of RFC 4648) {
  for (const auto& [bytes, text] : vectors) {
    CAF_CHECK_EQUAL(encode_base64(bytes), text);
    CAF_CHECK_EQUAL(encode_base64url(bytes), without_padding(text));
    CAF_CHECK_EQUAL(decoded(text), bytes);
    CAF_CHECK_EQUAL(decoded(without_padding(text)), bytes);
  }
}

CAF_TEST(both alphabets are read and only one is written) {
  constexpr auto bytes = "\xfb\xef\xbe\xff\xff\xff"sv;
  CAF_CHECK_EQUAL(encode_base64(bytes), "++++////");
  CAF_CHECK_EQUAL(encode_base64url(bytes), "----____");
  CAF_CHECK_EQUAL(decoded("++++////"), bytes);
  CAF_CHECK_EQUAL(decoded("----____"), bytes);
}

CAF_TEST(all bytes come back at every length) {
  std::string bytes;
  for (int i = 0; i < 600; ++i) {
    CAF_CHECK_EQUAL(decoded(encode_base64(bytes)), bytes);
    CAF_CHECK_EQUAL(decoded(encode_base64url(bytes)), bytes);
    bytes += static_cast<char>(i * 7 + i / 256);
  }
}

CAF_TEST(what is no base64 is refused) {
  for (const auto text : {"Z"sv,      "Zg="sv,   "Z==="sv,     "===="sv,     "="sv,     "=="sv,    "Zg==="sv, "Zg=g"sv,
                          "Zm9v=="sv, "Zm9v="sv, "Zm9v===="sv, "Zm8=Zm8="sv, "Zm9vY"sv, "Zm 9v"sv, " Zm9v"sv, "Zm9v "sv,
                          "Zm9v\n"sv, "Zm\0v"sv, "Zm9\x80"sv,  "Zm9!"sv,     "+-AA"sv,  "/_AA"sv}) {
    const auto bytes = decode_base64(text);
    CAF_REQUIRE(!bytes.has_value());
    CAF_CHECK(bytes.error().code == errc::wrong_value);
  }
}

CAF_TEST(left over bits must be 0) {
  for (const auto text : {"Zh"sv, "Zh=="sv, "Zm9"sv, "Zm9="sv, "Z/"sv, "Zm_"sv}) {
    CAF_CHECK_EQUAL(decoded(text), "malformed base64: bits are left over");
  }
}

CAF_TEST(an error says where but not what) {
  CAF_CHECK_EQUAL(decoded("Zm9vs3cret!"), "malformed base64: unexpected at byte 11");
  CAF_CHECK_EQUAL(decoded("Zm9vY"), "malformed base64: it ends too early");
  CAF_CHECK_EQUAL(decoded("a+b-"), "malformed base64: a mix of two alphabets");
}
