#include "protocol/auth/jwt.hpp"

#include "protocol/auth/json_web_key.hpp"
#include "protocol/auth/pem_key.hpp"
#include "protocol/text/base64.hpp"
#include "protocol/text/utf8.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/protocol/auth/token_vectors.hpp"

using namespace ability;

namespace {

constexpr std::string_view secret = "s3cret";
constexpr std::chrono::system_clock::time_point now{std::chrono::seconds{1'700'000'000}};

const token_keys& keys() {
  static const token_keys all = [] {
    token_keys out;
    out.add_secret(std::string{secret});
    hold(out.add_pem(vectors::rsa_pem).has_value() && out.add_pem(vectors::p256_pem).has_value(), "these are keys");
    return out;
  }();
  return all;
}

void check_claims(const result<token_claims>& claims) {
  if (!claims) {
    hold(is_utf8(claims.error().detail), "a detail can be shown");
    return;
  }
  hold(!claims->identity.empty() && is_utf8(claims->identity), "a bearer has an identity");
  hold(!claims->expires || now < std::chrono::system_clock::time_point{std::chrono::seconds{*claims->expires}},
       "what is valid expires later");
  const auto again = make_token(claims->identity, claims->expires, secret);
  hold(!again || verify_token(*again, keys(), now)->identity == claims->identity, "an identity comes back");
}

}  // namespace

/// A client's token; the same bytes are also tested as a header and as claims with a valid signature, and as keys.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text(data, size);
  check_claims(verify_token(text, keys(), now));
  lacks_key(text, keys());
  for (const auto& signed_text : {encode_base64url(R"({"alg":"HS256"})") + '.' + encode_base64url(text),
                                  encode_base64url(text) + '.' + encode_base64url(R"({"ext":"x"})")}) {
    const auto mac = token_mac(token_algorithm::hs256, secret, signed_text);
    check_claims(verify_token(signed_text + '.' + encode_base64url(mac), keys(), now));
  }
  for (const auto& made : {read_key_set(text), read_pem_keys(text)}) {
    hold(made ? !made->empty() : is_utf8(made.error().detail), "keys, or a detail that can be shown");
  }
  return 0;
}
