#define CAF_SUITE jwt
#include "protocol/auth/jwt.hpp"

#include "caf/test/unit_test.hpp"
#include "protocol/text/base64.hpp"
#include "tests/protocol/auth/token_fixture.hpp"
#include "tests/protocol/auth/token_vectors.hpp"

using namespace ability;

namespace {

token_keys key_set(const std::string& members) {
  token_keys keys;
  CAF_REQUIRE(keys.add_jwks("{\"keys\":[" + members + "]}").has_value());
  return keys;
}

token_keys pem(std::string_view text) {
  token_keys keys;
  CAF_REQUIRE(keys.add_pem(text).has_value());
  return keys;
}

const std::string bad_signature = message(errc::bad_signature);

}  // namespace

CAF_TEST(each algorithm is verified by a key that is for it) {
  const auto hs = keys_of(secret);
  const auto rs = pem(vectors::rsa_pem);
  CAF_CHECK_EQUAL(outcome(vectors::hs256, hs), identity);
  CAF_CHECK_EQUAL(outcome(vectors::hs384, hs), identity);
  CAF_CHECK_EQUAL(outcome(vectors::hs512, hs), identity);
  CAF_CHECK_EQUAL(outcome(vectors::rs256, rs), identity);
  CAF_CHECK_EQUAL(outcome(vectors::rs384, rs), identity);
  CAF_CHECK_EQUAL(outcome(vectors::rs512, rs), identity);
  CAF_CHECK_EQUAL(outcome(vectors::es256, pem(vectors::p256_pem)), identity);
  CAF_CHECK_EQUAL(outcome(vectors::es384, key_set(std::string{vectors::p384_key})), identity);
  CAF_CHECK_EQUAL(outcome(vectors::es512, key_set(std::string{vectors::rfc_a4_key})), identity);
}

CAF_TEST(the tokens of RFC 7515 are well signed) {
  const std::pair<std::string_view, std::string_view> same_claims[] = {{vectors::rfc_a1_key, vectors::rfc_a1_token},
                                                                       {vectors::rfc_a2_key, vectors::rfc_a2_token},
                                                                       {vectors::rfc_a3_key, vectors::rfc_a3_token}};
  for (const auto& [key, token] : same_claims) {
    const auto keys = key_set(std::string{key});
    CAF_CHECK_EQUAL(outcome(token, keys, at(1300819379)), message(errc::missing_key));
    CAF_CHECK_EQUAL(outcome(token, keys, at(1300819380)), message(errc::expired));
  }
  CAF_CHECK_EQUAL(outcome(vectors::rfc_a4_token, key_set(std::string{vectors::rfc_a4_key})),
                  message(errc::malformed_json));
}

CAF_TEST(a token without a signature is refused) {
  for (const auto alg : {"none", "None", "NONE", "nOnE", ""}) {
    const auto header = R"({"alg":")" + std::string{alg} + "\"}";
    const auto unsigned_token = encode_base64url(header) + '.' + encode_base64url(R"({"ext":"x"})") + '.';
    CAF_CHECK_EQUAL(outcome(unsigned_token, keys_of(secret)), message(errc::wrong_value));
    CAF_CHECK_EQUAL(outcome(unsigned_token, token_keys{}), message(errc::wrong_value));
    CAF_CHECK_EQUAL(outcome(signed_token(R"({"ext":"x"})", header), keys_of(secret)), message(errc::wrong_value));
  }
  CAF_CHECK_EQUAL(outcome(vectors::rfc_a5_token, keys_of(secret)), message(errc::wrong_value));
  const auto end = vectors::hs256.rfind('.') + 1;
  CAF_CHECK_EQUAL(outcome(vectors::hs256.substr(0, end), keys_of(secret)), bad_signature);
}

CAF_TEST(another key verifies nothing) {
  CAF_CHECK_EQUAL(outcome(vectors::hs256, keys_of("s3cret2")), bad_signature);
  CAF_CHECK_EQUAL(outcome(vectors::hs256, {}), bad_signature);
  CAF_CHECK_EQUAL(outcome(vectors::rs256, key_set(std::string{vectors::rfc_a2_key})), bad_signature);
  CAF_CHECK_EQUAL(outcome(vectors::es384, pem(vectors::p256_pem)), bad_signature);
  CAF_CHECK_EQUAL(outcome(vectors::es512_by_p256, pem(vectors::p256_pem)), bad_signature);
  CAF_CHECK_EQUAL(outcome(vectors::es256, keys_of(secret)), bad_signature);
}

CAF_TEST(an empty secret is no key) {
  const auto keys = keys_of("");
  CAF_CHECK(keys.empty());
  CAF_CHECK_EQUAL(outcome(signed_token(R"({"ext":"x"})", R"({"alg":"HS256"})", ""), keys), bad_signature);
}

CAF_TEST(a public key is never a secret) {
  for (auto keys : {pem(vectors::rsa_pem), key_set(std::string{vectors::rsa_key})}) {
    CAF_CHECK_EQUAL(outcome(vectors::hs256_by_pem, keys), bad_signature);
    CAF_CHECK_EQUAL(outcome(signed_token(R"({"ext":"x"})", R"({"alg":"HS256"})", ""), keys), bad_signature);
    keys.add_secret("s3cret");
    CAF_CHECK_EQUAL(outcome(vectors::hs256_by_pem, keys), bad_signature);
    CAF_CHECK_EQUAL(outcome(vectors::rs256, keys), identity);
    CAF_CHECK_EQUAL(outcome(vectors::hs256, keys), identity);
  }
}

CAF_TEST(another form of a signature is refused) {
  CAF_CHECK_EQUAL(outcome(vectors::ps256, pem(vectors::rsa_pem)), message(errc::wrong_value));
  CAF_CHECK_EQUAL(outcome(vectors::pss_as_rs256, pem(vectors::rsa_pem)), bad_signature);
  CAF_CHECK_EQUAL(outcome(vectors::es256_der, pem(vectors::p256_pem)), bad_signature);
  const auto text = vectors::es256.substr(0, vectors::es256.rfind('.') + 1);
  for (const std::size_t size : {0, 1, 63, 64, 65, 256}) {
    CAF_CHECK_EQUAL(outcome(std::string{text} + encode_base64url(std::string(size, '\0')), pem(vectors::p256_pem)),
                    bad_signature);
  }
}

CAF_TEST(several keys are tried so that they can be changed without a gap) {
  auto keys = keys_of("old");
  keys.add_secret("s3cret");
  CAF_REQUIRE(keys.add_pem(vectors::p256_pem).has_value());
  CAF_REQUIRE(keys.add_pem(vectors::rsa_pem).has_value());
  const auto moved = std::move(keys);
  CAF_CHECK_EQUAL(moved.all().size(), 4u);
  CAF_CHECK_EQUAL(outcome(signed_token(R"({"ext":"x"})", R"({"alg":"HS256"})", "old"), moved), "x");
  for (const auto token : {vectors::hs256, vectors::hs512, vectors::rs384, vectors::es256}) {
    CAF_CHECK_EQUAL(outcome(token, moved), identity);
  }
}

CAF_TEST(a kid that is known chooses among the keys) {
  // The first key is the secret old, the second s3cret.
  const auto keys = key_set(R"({"kty":"oct","kid":"1","k":"b2xk"},{"kty":"oct","kid":"2","k":"czNjcmV0"},)"
                            R"({"kty":"oct","kid":"2","k":"b3RoZXI"},{"kty":"oct","kid":"","k":"ZW1wdHk"})");
  const auto by = [&](std::string_view kid, std::string_view key) {
    return outcome(signed_token(R"({"ext":"x"})", R"({"alg":"HS256","kid":)" + std::string{kid} + "}", key), keys);
  };
  CAF_CHECK_EQUAL(by(R"("1")", "old"), "x");
  CAF_CHECK_EQUAL(by(R"("1")", "s3cret"), bad_signature);
  CAF_CHECK_EQUAL(by(R"("2")", "old"), bad_signature);
  CAF_CHECK_EQUAL(by(R"("2")", "s3cret"), "x");
  CAF_CHECK_EQUAL(by(R"("2")", "other"), "x");
  CAF_CHECK_EQUAL(by(R"("3")", "old"), "x");
  CAF_CHECK_EQUAL(by("null", "old"), "x");
  CAF_CHECK_EQUAL(by(R"("")", "empty"), "x");
  CAF_CHECK_EQUAL(by(R"("")", "old"), bad_signature);
  CAF_CHECK_EQUAL(by("1", "old"), message(errc::wrong_type));
  CAF_CHECK_EQUAL(outcome(vectors::hs256, keys), identity);
  // An empty kid does not restrict the token to keys without a kid.
  const auto unnamed = key_set(R"({"kty":"oct","kid":"1","k":"czNjcmV0"},{"kty":"oct","k":"b3RoZXI"})");
  CAF_CHECK_EQUAL(outcome(signed_token(R"({"ext":"x"})", R"({"alg":"HS256","kid":""})"), unnamed), "x");
}

CAF_TEST(a token that was changed or cut anywhere is refused) {
  auto keys = keys_of(secret);
  CAF_REQUIRE(keys.add_pem(vectors::rsa_pem).has_value());
  CAF_REQUIRE(keys.add_pem(vectors::p256_pem).has_value());
  for (const auto token : {vectors::hs256, vectors::rs256, vectors::es256}) {
    for (std::size_t i = 0; i < token.size(); ++i) {
      CAF_CHECK(!verify_token(token.substr(0, i), keys, now));
      CAF_CHECK(!verify_token(token.substr(i + 1), keys, now));
      for (const auto bit : {0x01, 0x20, 0x80}) {
        std::string changed{token};
        changed[i] = static_cast<char>(changed[i] ^ bit);
        CAF_CHECK(!verify_token(changed, keys, now));
      }
    }
    for (const auto end : {"A", "=", "==", ".", " ", "\n"}) {
      CAF_CHECK(!verify_token(std::string{token} + end, keys, now));
    }
  }
}

CAF_TEST(the form and header are strict) {
  const auto keys = keys_of(secret);
  for (const auto token : {"", ".", "..", "...", "a.b", "a.b.c.d", "a.b.c.d.e", "x"}) {
    CAF_CHECK(!verify_token(token, keys, now));
  }
  for (const auto header : {"", "x", "{", "\xff"}) {
    CAF_CHECK_EQUAL(outcome(signed_token(R"({"ext":"x"})", header), keys), message(errc::malformed_json));
  }
  CAF_CHECK_EQUAL(outcome(signed_token(R"({"ext":"x"})", "{}"), keys), message(errc::missing_key));
  for (const auto header : {"[]", R"({"alg":null})", R"({"alg":["HS256"]})", "1"}) {
    CAF_CHECK_EQUAL(outcome(signed_token(R"({"ext":"x"})", header), keys), message(errc::wrong_type));
  }
  for (const auto header : {R"({"alg":"hs256"})", R"({"alg":"HS256 "})", R"({"alg":"EdDSA"})",
                            R"({"alg":"HS256","crit":["exp"]})", R"({"alg":"HS256","crit":null})"}) {
    CAF_CHECK_EQUAL(outcome(signed_token(R"({"ext":"x"})", header), keys), message(errc::wrong_value));
  }
  CAF_CHECK_EQUAL(outcome(signed_token(R"({"ext":"x"})", R"({"typ":"x","alg":"HS256","cty":1})"), keys), "x");
}

CAF_TEST(claims are not looked at before the signature) {
  const auto other = keys_of("other");
  for (const auto claims : {"", "{}", "x", R"({"ext":1})", R"({"exp":1})", R"({"nbf":9e99})"}) {
    CAF_CHECK_EQUAL(outcome(signed_token(claims), other), bad_signature);
  }
}

CAF_TEST(a token that is too large is refused) {
  const auto keys = keys_of(secret);
  CAF_CHECK_EQUAL(outcome(std::string(max_token_size + 1, 'a'), keys), message(errc::too_large));
  CAF_CHECK_EQUAL(outcome(std::string(max_token_size + 1, '.'), keys), message(errc::too_large));
  CAF_CHECK_EQUAL(outcome(std::string(max_token_size, '.'), keys), message(errc::wrong_value));
  const std::string long_identity(12'000, 'x');
  CAF_CHECK_EQUAL(outcome(signed_token(R"({"ext":")" + long_identity + "\"}"), keys), long_identity);
  CAF_CHECK_EQUAL(outcome(signed_token(R"({"ext":")" + std::string(13'000, 'x') + "\"}"), keys),
                  message(errc::too_large));
}

CAF_TEST(an error quotes neither signature nor secret) {
  const auto keys = keys_of("s3cret2");
  const std::string signature{vectors::hs256.substr(vectors::hs256.rfind('.') + 1)};
  for (const auto& token :
       {std::string{vectors::hs256}, "e30.." + signature, std::string{vectors::hs256} + "!", signature + ".e30.e30"}) {
    const auto detail = verify_token(token, keys, now).error().detail;
    CAF_CHECK(detail.find(signature.substr(0, 6)) == std::string::npos);
    CAF_CHECK(detail.find("s3cret") == std::string::npos);
  }
}

CAF_TEST(a key is lacking if none has the name that the token gives or none is for its algorithm) {
  const auto token = [](const std::string& header) { return signed_token(R"({"ext":"x"})", header); };
  const auto named = key_set(R"({"kty":"oct","kid":"a","k":"czNjcmV0"})");
  CAF_CHECK(!lacks_key(token(R"({"alg":"HS256","kid":"a"})"), named));
  CAF_CHECK(lacks_key(token(R"({"alg":"HS256","kid":"b"})"), named));
  CAF_CHECK(!lacks_key(token(R"({"alg":"HS256"})"), named));
  CAF_CHECK(lacks_key(token(R"({"alg":"RS256"})"), named));
  CAF_CHECK(lacks_key(token(R"({"alg":"HS256"})"), token_keys{}));
  for (const auto* none : {"", "x", "a.b.c"})
    CAF_CHECK(!lacks_key(none, token_keys{}));
}
