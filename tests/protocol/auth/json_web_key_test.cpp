#define CAF_SUITE json_web_key
#include "protocol/auth/json_web_key.hpp"

#include "caf/test/unit_test.hpp"
#include "protocol/auth/pem_key.hpp"
#include "protocol/text/utf8.hpp"
#include "tests/protocol/auth/token_vectors.hpp"

using namespace ability;

namespace {

result<std::vector<signature_key>> set_of(const std::string& members) {
  return read_key_set("{\"keys\":[" + members + "]}");
}

/// `key` with additional members.
std::string with(std::string_view key, std::string_view members) {
  return std::string{key.substr(0, key.size() - 1)} + ',' + std::string{members} + '}';
}

/// Detail of the expected error; otherwise a description of the unexpected result.
std::string refused(const result<std::vector<signature_key>>& keys, errc expected) {
  if (keys) {
    return "accepted";
  }
  CAF_CHECK(is_utf8(keys.error().detail));
  return keys.error().code == expected ? keys.error().detail : "another code: " + keys.error().detail;
}

std::string fitting(const signature_key& key) {
  std::string out;
  for (const auto name : {"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512"}) {
    if (key.fits(*algorithm_named(name))) {
      out += (out.empty() ? "" : " ") + std::string{name};
    }
  }
  return out;
}

std::string fitting(std::string_view member) {
  const auto keys = set_of(std::string{member});
  return keys ? fitting(keys->front()) : keys.error().detail;
}

}  // namespace

CAF_TEST(the key decides which algorithms it is for) {
  CAF_CHECK_EQUAL(fitting(vectors::rfc_a1_key), "HS256 HS384 HS512");
  CAF_CHECK_EQUAL(fitting(vectors::rfc_a2_key), "RS256 RS384 RS512");
  CAF_CHECK_EQUAL(fitting(vectors::rfc_a3_key), "ES256");
  CAF_CHECK_EQUAL(fitting(vectors::p384_key), "ES384");
  CAF_CHECK_EQUAL(fitting(vectors::rfc_a4_key), "ES512");
  CAF_CHECK_EQUAL(fitting(with(vectors::rfc_a1_key, R"("alg":"HS384")")), "HS384");
  CAF_CHECK_EQUAL(fitting(with(vectors::rfc_a2_key, R"("alg":"RS512")")), "RS512");
  CAF_CHECK_EQUAL(fitting(with(vectors::rfc_a3_key, R"("alg":"ES256")")), "ES256");
  for (const auto& [key, alg] : {std::pair{vectors::rfc_a1_key, "RS256"},
                                 {vectors::rfc_a2_key, "HS256"},
                                 {vectors::rfc_a2_key, "ES256"},
                                 {vectors::rfc_a3_key, "ES512"},
                                 {vectors::rfc_a3_key, "HS256"}}) {
    CAF_CHECK_EQUAL(refused(set_of(with(key, R"("alg":")" + std::string{alg} + '"')), errc::wrong_value),
                    "key 1 of the set: the algorithm " + std::string{alg} + " does not fit the key");
  }
}

CAF_TEST(an algorithm has one name) {
  CAF_CHECK(algorithm_named("ES512") == token_algorithm::es512);
  CAF_CHECK(algorithm_named("HS256") == token_algorithm::hs256);
  for (const auto name : {"", "none", "hs256", "HS256 ", "PS256", "EdDSA", "HS1"}) {
    CAF_CHECK(!algorithm_named(name));
  }
}

CAF_TEST(a key is named by its kid) {
  const auto keys = set_of(with(vectors::rfc_a3_key, R"("kid":"a")") + ',' + std::string{vectors::rfc_a2_key});
  CAF_REQUIRE(keys.has_value());
  CAF_REQUIRE_EQUAL(keys->size(), 2u);
  CAF_CHECK((*keys)[0].is_named("a"));
  CAF_CHECK(!(*keys)[0].is_named("b"));
  CAF_CHECK(!(*keys)[1].is_named(""));
}

CAF_TEST(keys that are not for us are skipped) {
  const std::string ours{vectors::rfc_a3_key};
  for (const auto& other :
       {with(vectors::rfc_a2_key, R"("use":"enc")"), with(vectors::rfc_a2_key, R"("alg":"RSA-OAEP")"),
        with(vectors::rfc_a2_key, R"("alg":"PS256")"), with(vectors::rfc_a1_key, R"("alg":"none")"),
        std::string{R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})"},
        std::string{R"({"kty":"new"})"}, std::string{vectors::secp256k1_key}}) {
    const auto both = set_of(std::string{other}.append(",").append(ours));
    CAF_REQUIRE(both.has_value());
    CAF_CHECK_EQUAL(both->size(), 1u);
    CAF_CHECK_EQUAL(fitting(both->front()), "ES256");
    CAF_CHECK_EQUAL(refused(set_of(other), errc::empty_value), "the key set has no key that can verify a token");
  }
  CAF_CHECK_EQUAL(fitting(with(vectors::rfc_a3_key, R"("use":"sig","x5c":["?"],"d":1,"key_ops":null)")), "ES256");
}

CAF_TEST(a set is an object with an array of objects) {
  CAF_CHECK_EQUAL(refused(read_key_set(""), errc::malformed_json), "malformed JSON: it ends too early");
  CAF_CHECK_EQUAL(refused(read_key_set("[]"), errc::wrong_type), "a key set must be an object, found an array");
  CAF_CHECK_EQUAL(refused(read_key_set("{}"), errc::missing_key), "\"keys\" must be an array, found nothing");
  CAF_CHECK_EQUAL(refused(read_key_set(vectors::rfc_a3_key), errc::missing_key),
                  "\"keys\" must be an array, found nothing");
  CAF_CHECK_EQUAL(refused(read_key_set(R"({"keys":{}})"), errc::wrong_type),
                  "\"keys\" must be an array, found an object");
  CAF_CHECK_EQUAL(refused(set_of(""), errc::empty_value), "the key set has no key that can verify a token");
  CAF_CHECK_EQUAL(refused(set_of("[]"), errc::wrong_type), "key 1 of the set: a key must be an object, found an array");
  const std::string key{vectors::rfc_a3_key};
  CAF_CHECK_EQUAL(refused(read_key_set(R"({"keys":[)" + key + R"(],"keys":[]})"), errc::empty_value),
                  "the key set has no key that can verify a token");
  CAF_CHECK_EQUAL(refused(read_key_set(R"({"old":[)" + key + R"(],"keys":[]})"), errc::empty_value),
                  "the key set has no key that can verify a token");
  CAF_CHECK(read_key_set(R"({"old":[[{"kty":"oct"}]],"keys":[)" + key + R"(],"new":[{"kty":"RSA"}]})").has_value());
}

CAF_TEST(a damaged key spoils the set and is told by its place) {
  const auto second = [](const std::string& key, errc expected) {
    return refused(set_of(std::string{vectors::rfc_a2_key} + ',' + key), expected);
  };
  const auto what = [](std::string_view rest) { return "key 2 of the set: " + std::string{rest}; };
  CAF_CHECK_EQUAL(second("{}", errc::missing_key), what("\"kty\" must be a non-empty string, found nothing"));
  CAF_CHECK_EQUAL(second(R"({"kty":1})", errc::wrong_type), what("\"kty\" must be a non-empty string, found a number"));
  CAF_CHECK_EQUAL(second(R"({"kty":"oct"})", errc::missing_key),
                  what("\"k\" must be a non-empty string, found nothing"));
  CAF_CHECK_EQUAL(second(R"({"kty":"oct","k":""})", errc::empty_value),
                  what("\"k\" must be a non-empty string, found an empty string"));
  CAF_CHECK_EQUAL(second(R"({"kty":"oct","k":"s3cret!"})", errc::wrong_value),
                  what("\"k\" is malformed base64: unexpected at byte 7"));
  CAF_CHECK_EQUAL(second(R"({"kty":"RSA","e":"AQAB"})", errc::missing_key),
                  what("\"n\" must be a non-empty string, found nothing"));
  CAF_CHECK_EQUAL(second(R"({"kty":"RSA","n":"AQAB"})", errc::missing_key),
                  what("\"e\" must be a non-empty string, found nothing"));
  CAF_CHECK_EQUAL(second(R"({"kty":"EC","x":"AA","y":"AA"})", errc::missing_key),
                  what("\"crv\" must be a non-empty string, found nothing"));
  CAF_CHECK_EQUAL(second(R"({"kty":"EC","crv":"P-256","x":"AAAA"})", errc::wrong_value),
                  what("\"x\" must have 32 bytes, found 3"));
  CAF_CHECK_EQUAL(second(with(vectors::rfc_a3_key, R"("kid":1)"), errc::wrong_type),
                  what("\"kid\" must be a string, found a number"));
  CAF_CHECK_EQUAL(second(with(vectors::rfc_a3_key, R"("use":[])"), errc::wrong_type),
                  what("\"use\" must be a string, found an array"));
  CAF_CHECK_EQUAL(second(with(vectors::rfc_a3_key, R"("crv":"P-384")"), errc::wrong_value),
                  what("\"x\" must have 48 bytes, found 32"));
}

CAF_TEST(numbers that are no key are refused) {
  const std::string zeros(43, 'A');
  CAF_CHECK(!set_of(with(vectors::rfc_a3_key, R"("x":")" + zeros + '"')));
  CAF_CHECK(!set_of(R"({"kty":"EC","crv":"P-256","x":")" + zeros + R"(","y":")" + zeros + "\"}"));
  CAF_CHECK(!set_of(with(vectors::rfc_a2_key, R"("e":"AA")")));
  CAF_CHECK(!set_of(with(vectors::rfc_a2_key, R"("e":"AQ")")));
  CAF_CHECK(!set_of(with(vectors::rfc_a2_key, R"("e":"Ag")")));
  CAF_CHECK(!set_of(with(vectors::rfc_a2_key, R"("n":"AA")")));
  CAF_CHECK(!set_of(R"({"kty":"RSA","e":"AQAB","n":")" + std::string(4 * 1000, '_') + "\"}"));
  CAF_CHECK(!set_of(R"({"kty":"RSA","e":"AQAB","n":")" + std::string(4 * 10'000, '_') + "\"}"));
}

CAF_TEST(a weak RSA key is refused) {
  CAF_CHECK_EQUAL(refused(set_of(std::string{vectors::weak_key}), errc::wrong_value),
                  "key 1 of the set: an RSA key must have 2048 to 16384 bits, found 1024");
  CAF_CHECK_EQUAL(refused(read_pem_keys(vectors::weak_pem), errc::wrong_value),
                  "an RSA key must have 2048 to 16384 bits, found 1024");
}

CAF_TEST(public keys are read from PEM) {
  const auto one = [](std::string_view pem) {
    const auto keys = read_pem_keys(pem);
    return keys && keys->size() == 1 ? fitting(keys->front()) : "not one key";
  };
  CAF_CHECK_EQUAL(one(vectors::rsa_pem), "RS256 RS384 RS512");
  CAF_CHECK_EQUAL(one(vectors::rsa_pkcs1_pem), "RS256 RS384 RS512");
  CAF_CHECK_EQUAL(one(vectors::p256_pem), "ES256");
  CAF_CHECK_EQUAL(one("a comment\n" + std::string{vectors::p256_pem} + "\nanother\n"), "ES256");
  const auto two = read_pem_keys(std::string{vectors::p256_pem} + std::string{vectors::rsa_pem});
  CAF_REQUIRE(two.has_value());
  CAF_REQUIRE_EQUAL(two->size(), 2u);
  CAF_CHECK_EQUAL(fitting((*two)[1]), "RS256 RS384 RS512");
}

CAF_TEST(other PEM is refused) {
  CAF_CHECK_EQUAL(refused(read_pem_keys(""), errc::empty_value), "there is no PEM text of a public key");
  CAF_CHECK_EQUAL(refused(read_pem_keys("s3cret"), errc::empty_value), "there is no PEM text of a public key");
  CAF_CHECK_EQUAL(
      refused(read_pem_keys("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), errc::wrong_value),
      "PEM must hold a PUBLIC KEY, found \"PRIVATE KEY\"");
  CAF_CHECK_EQUAL(
      refused(read_pem_keys("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"), errc::wrong_value),
      "this is no public key");
  CAF_CHECK_EQUAL(refused(read_pem_keys(vectors::ed25519_pem), errc::wrong_value), "a public key must be RSA or EC");
  CAF_CHECK_EQUAL(refused(read_pem_keys(vectors::secp256k1_pem), errc::wrong_value),
                  "the curve of an EC key must be P-256, P-384 or P-521");
  for (std::size_t size = 0; size + 1 < vectors::rsa_pem.size(); ++size) {
    CAF_CHECK(!read_pem_keys(vectors::rsa_pem.substr(0, size)));
  }
  CAF_CHECK_EQUAL(
      refused(read_pem_keys(std::string{vectors::rsa_pem} + "-----BEGIN PUBLIC KEY-----\nAAAA\n"), errc::wrong_value),
      "malformed PEM: a key is damaged");
}
