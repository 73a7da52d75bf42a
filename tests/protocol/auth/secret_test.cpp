#define CAF_SUITE secret
#include "protocol/auth/secret.hpp"

#include <set>

#include "caf/test/unit_test.hpp"

using namespace ability;

CAF_TEST(equal texts are equal and others are not ) {
  CAF_CHECK(constant_time_equal("", ""));
  CAF_CHECK(constant_time_equal({}, ""));
  CAF_CHECK(constant_time_equal("secret", std::string{"secret"}));
  CAF_CHECK(!constant_time_equal("secret", "Secret"));
  CAF_CHECK(!constant_time_equal("secret", "secreu"));
  CAF_CHECK(!constant_time_equal("secret", "secre"));
  CAF_CHECK(!constant_time_equal("secret", "secret "));
  CAF_CHECK(!constant_time_equal("secret", ""));
  CAF_CHECK(!constant_time_equal("", "secret"));
  CAF_CHECK(!constant_time_equal(std::string_view{"a\0b", 3}, std::string_view{"a\0c", 3}));
}

CAF_TEST(a derived key is the HMAC of its purpose) {
  // printf broadcast-cable | openssl dgst -sha256 -hmac qwerty
  CAF_CHECK_EQUAL(derive_key("qwerty", broadcast_key_purpose),
                  "42923a28b760e667fc92f7c6123bb07a282822b329dd2ef48e7aee7830d98485");
  CAF_CHECK_EQUAL(derive_key("qwerty", rpc_key_purpose),
                  "57c40610d142fe7d7999be4e23dfba4f42c3c542e1f278063e8e3b6a30b0c2bd");
  // RFC 4231, test case 2
  CAF_CHECK_EQUAL(derive_key("Jefe", "what do ya want for nothing?"),
                  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

CAF_TEST(an empty secret is a key like any other) {
  // The HMAC of an empty text under an empty key, a well-known value.
  CAF_CHECK_EQUAL(derive_key({}, {}), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

CAF_TEST(an id is 21 characters that need no escaping) {
  const std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  std::set<char> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto id = random_id();
    CAF_CHECK_EQUAL(id.size(), 21u);
    CAF_CHECK_NOT_EQUAL(id.front(), '-');
    CAF_CHECK(id.find_first_not_of(alphabet) == std::string::npos);
    seen.insert(id.begin(), id.end());
  }
  CAF_CHECK_EQUAL(seen.size(), alphabet.size());
}

CAF_TEST(no two ids are equal) {
  std::set<std::string> ids;
  for (int i = 0; i < 10'000; ++i) {
    ids.insert(random_id());
  }
  CAF_CHECK_EQUAL(ids.size(), 10'000u);
}
