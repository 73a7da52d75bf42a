#define CAF_SUITE error
#include "protocol/json/excerpt.hpp"
#include "protocol/result.hpp"

#include "caf/test/unit_test.hpp"
#include "protocol/text/utf8.hpp"

using namespace ability;

namespace {

constexpr errc all_codes[] = {errc::malformed_json,  errc::wrong_type, errc::missing_key,  errc::empty_value,
                              errc::unknown_command, errc::too_large,  errc::invalid_utf8, errc::bad_signature,
                              errc::wrong_value,     errc::expired,    errc::not_yet_valid};

}  // namespace

CAF_TEST(every code has a sentence of its own) {
  std::vector<std::string> seen;
  for (const auto code : all_codes) {
    const boost::system::error_code as_code = code;
    CAF_CHECK(as_code.failed());
    CAF_CHECK(&as_code.category() == &protocol_category());
    CAF_CHECK(as_code.message().ends_with('.'));
    CAF_CHECK(as_code.message() != "Unknown error.");
    CAF_CHECK(std::find(seen.begin(), seen.end(), as_code.message()) == seen.end());
    seen.push_back(as_code.message());
  }
  CAF_CHECK_EQUAL(protocol_category().message(999), "Unknown error.");
}

CAF_TEST(reading a value that is not there throws the code and the detail) {
  const result<int> nothing = fault{errc::missing_key, "\"stream\" is missing"};
  try {
    CAF_FAIL("there is a value: " << nothing.value());
  } catch (const boost::system::system_error& error) {
    CAF_CHECK(error.code() == errc::missing_key);
    CAF_CHECK(std::string{error.what()}.find("\"stream\" is missing") != std::string::npos);
  }
}

CAF_TEST(an excerpt is quoted and one line) {
  CAF_CHECK_EQUAL(excerpt("jump"), R"("jump")");
  CAF_CHECK_EQUAL(excerpt(""), R"("")");
  CAF_CHECK_EQUAL(excerpt("a\"b\nc"), R"("a\"b\nc")");
}

CAF_TEST(an excerpt quotes at most 64 bytes and no half character) {
  CAF_CHECK_EQUAL(excerpt(std::string(64, 'x')), '"' + std::string(64, 'x') + '"');
  CAF_CHECK_EQUAL(excerpt(std::string(65, 'x')), '"' + std::string(64, 'x') + "\"...");
  CAF_CHECK_EQUAL(excerpt(std::string(63, 'x') + "\u00e9"), '"' + std::string(63, 'x') + "\"...");
}

CAF_TEST(an excerpt of binary input is text) {
  CAF_CHECK(is_utf8(excerpt("\xff\xfe\x80 abc")));
  CAF_CHECK(is_utf8(excerpt(std::string(200, '\x80'))));
}
