#define CAF_SUITE bearer
#include "protocol/auth/bearer.hpp"

#include "caf/test/unit_test.hpp"

using namespace ability;

CAF_TEST(the key opens) {
  CAF_CHECK(bearer_matches("Bearer s3cret", "s3cret"));
  CAF_CHECK(bearer_matches("bearer s3cret", "s3cret"));
  CAF_CHECK(bearer_matches("BEARER s3cret", "s3cret"));
  CAF_CHECK(bearer_matches("Bearer   s3cret", "s3cret"));
}

CAF_TEST(anything else does not ) {
  for (const std::string_view header :
       {"", "Bearer", "Bearer ", "Bearer  ", "Bearer s3cre", "Bearer s3cret2", "Bearer S3CRET", "s3cret",
        "Basic s3cret", "Bearers3cret", "Bearer\ts3cret", " Bearer s3cret", "Bearer s3cret "}) {
    CAF_CHECK(!bearer_matches(header, "s3cret"));
  }
}

CAF_TEST(an empty key matches nothing) {
  CAF_CHECK(!bearer_matches("Bearer ", ""));
  CAF_CHECK(!bearer_matches("Bearer", ""));
  CAF_CHECK(!bearer_matches("", ""));
}
