#define CAF_SUITE pattern
#include "protocol/text/pattern.hpp"

#include <utility>

#include "caf/test/unit_test.hpp"

using namespace ability;

CAF_TEST(a star stands for any text) {
  for (const auto& [pattern, text] :
       {std::pair{"a", "a"}, std::pair{"*", ""}, std::pair{"*", "abc"}, std::pair{"a*", "a"}, std::pair{"a*c", "abbbc"},
        std::pair{"*b*", "abc"}, std::pair{"a**c", "ac"}, std::pair{"*ab", "aab"}, std::pair{"chat/*", "chat/1"}})
    CAF_CHECK(fits_pattern(pattern, text));
  for (const auto& [pattern, text] : {std::pair{"a", "b"}, std::pair{"", "a"}, std::pair{"a", ""},
                                      std::pair{"a*", "ba"}, std::pair{"a*c", "abcd"}, std::pair{"chat/*", "chat"}})
    CAF_CHECK(!fits_pattern(pattern, text));
}

CAF_TEST(a pattern covers those whose texts all fit it) {
  for (const auto& [wide, narrow] : {std::pair{"*", "*"}, std::pair{"*", "chat/*"}, std::pair{"chat/*", "chat/1/*"},
                                     std::pair{"a*c", "a*b*c"}, std::pair{"**", "*"}})
    CAF_CHECK(fits_pattern(wide, narrow));
  for (const auto& [narrow, wide] : {std::pair{"chat/*", "*"}, std::pair{"a", "*"}, std::pair{"a*c", "a*"}})
    CAF_CHECK(!fits_pattern(narrow, wide));
}
