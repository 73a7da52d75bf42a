#include "protocol/auth/signature_key.hpp"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "protocol/auth/octets.hpp"
#include "protocol/auth/openssl_ptr.hpp"
#include "protocol/auth/secret.hpp"

namespace ability {
namespace {

constexpr int min_rsa_bits = 2048;
constexpr int max_rsa_bits = 16384;  // OpenSSL's limit; larger ones are slow to check

enum class family : std::uint8_t { hs, rs, es };

struct algorithm_traits {
  std::string_view name;
  family of;
  const EVP_MD* (*digest)();
  std::size_t number_size = 0;  ///< bytes of each of an ECDSA signature's two numbers
};

const algorithm_traits& traits_of(token_algorithm algorithm) noexcept {
  static constexpr std::array<algorithm_traits, 9> all{{
      {"HS256", family::hs, EVP_sha256},
      {"HS384", family::hs, EVP_sha384},
      {"HS512", family::hs, EVP_sha512},
      {"RS256", family::rs, EVP_sha256},
      {"RS384", family::rs, EVP_sha384},
      {"RS512", family::rs, EVP_sha512},
      {"ES256", family::es, EVP_sha256, 32},
      {"ES384", family::es, EVP_sha384, 48},
      {"ES512", family::es, EVP_sha512, 66},
  }};
  return all[static_cast<std::size_t>(algorithm)];
}

/// Converts `r` and `s` of fixed size (RFC 7518 section 3.4) to OpenSSL's DER; empty if they are invalid.
std::string der_signature(std::string_view raw, std::size_t number_size) {
  if (raw.size() != 2 * number_size) {
    return {};
  }
  openssl_ptr<BIGNUM, BN_free> r{BN_bin2bn(octets(raw), static_cast<int>(number_size), nullptr)};
  openssl_ptr<BIGNUM, BN_free> s{BN_bin2bn(octets(raw) + number_size, static_cast<int>(number_size), nullptr)};
  const openssl_ptr<ECDSA_SIG, ECDSA_SIG_free> both{ECDSA_SIG_new()};
  if (!r || !s || !both || ECDSA_SIG_set0(both.get(), r.get(), s.get()) != 1) {
    return {};
  }
  static_cast<void>(r.release());
  static_cast<void>(s.release());
  const auto size = i2d_ECDSA_SIG(both.get(), nullptr);
  if (size <= 0) {
    return {};
  }
  std::string out(static_cast<std::size_t>(size), '\0');
  auto* end = reinterpret_cast<unsigned char*>(out.data());
  return i2d_ECDSA_SIG(both.get(), &end) == size ? out : std::string{};
}

bool digest_verifies(const algorithm_traits& traits, evp_pkey_st* key, std::string_view text,
                     std::string_view signature) {
  const openssl_ptr<EVP_MD_CTX, EVP_MD_CTX_free> context{EVP_MD_CTX_new()};
  EVP_PKEY_CTX* parameters = nullptr;
  if (!context || EVP_DigestVerifyInit(context.get(), &parameters, traits.digest(), nullptr, key) != 1) {
    return false;
  }
  if (traits.of == family::rs && EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PADDING) != 1) {
    return false;
  }
  return EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(text), text.size()) == 1;
}

bool is_sound(evp_pkey_st* key) {
  const openssl_ptr<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context{EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr)};
  return context && EVP_PKEY_public_check(context.get()) == 1;
}

fault no_key(std::string why) { return {errc::wrong_value, std::move(why)}; }

}  // namespace

std::optional<token_algorithm> algorithm_named(std::string_view name) noexcept {
  for (int i = 0; i <= static_cast<int>(token_algorithm::es512); ++i) {
    if (const auto algorithm = static_cast<token_algorithm>(i); traits_of(algorithm).name == name) {
      return algorithm;
    }
  }
  return std::nullopt;
}

std::string token_mac(token_algorithm algorithm, std::string_view secret, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> code;
  unsigned int size = 0;
  // OpenSSL refuses null even for a size of 0.
  const auto* key = secret.empty() ? "" : secret.data();
  if (HMAC(traits_of(algorithm).digest(), key, static_cast<int>(secret.size()), octets(text), text.size(), code.data(),
           &size) == nullptr) {
    throw std::runtime_error("OpenSSL failed: HMAC");
  }
  return {reinterpret_cast<const char*>(code.data()), size};
}

result<signature_key> signature_key::of_secret(std::string secret) {
  if (secret.empty()) {
    return fault{errc::empty_value, "a secret must not be empty"};
  }
  return signature_key{kind::secret, std::move(secret), nullptr};
}

result<signature_key> signature_key::of_public(public_key key) {
  const openssl_error_scope errors;
  if (!key) {
    return no_key("this is no public key");
  }
  switch (EVP_PKEY_get_base_id(key.get())) {
    case EVP_PKEY_RSA:
      if (const auto bits = EVP_PKEY_get_bits(key.get()); bits < min_rsa_bits || bits > max_rsa_bits) {
        return no_key("an RSA key must have " + std::to_string(min_rsa_bits) + " to " + std::to_string(max_rsa_bits) +
                      " bits, found " + std::to_string(bits));
      }
      if (!is_sound(key.get())) {
        return no_key("the numbers of an RSA key are none");
      }
      return signature_key{kind::rsa, {}, std::move(key)};
    case EVP_PKEY_EC: {
      std::array<char, 64> curve{};
      if (EVP_PKEY_get_group_name(key.get(), curve.data(), curve.size(), nullptr) != 1) {
        return no_key("an EC key has no named curve");
      }
      if (!is_sound(key.get())) {
        return no_key("the point of an EC key is not on its curve");
      }
      constexpr std::pair<std::string_view, kind> curves[] = {
          {"prime256v1", kind::p256}, {"secp384r1", kind::p384}, {"secp521r1", kind::p521}};
      for (const auto& [name, of] : curves) {
        if (name == curve.data()) {
          return signature_key{of, {}, std::move(key)};
        }
      }
      return no_key("the curve of an EC key must be P-256, P-384 or P-521");
    }
    default:
      return no_key("a public key must be RSA or EC");
  }
}

result<void> signature_key::bind(token_algorithm only) {
  if (!fits(only)) {
    return no_key("the algorithm " + std::string{traits_of(only).name} + " does not fit the key");
  }
  only_ = only;
  return {};
}

bool signature_key::fits(token_algorithm algorithm) const noexcept {
  if (only_ && *only_ != algorithm) {
    return false;
  }
  switch (kind_) {
    case kind::secret:
      return traits_of(algorithm).of == family::hs;
    case kind::rsa:
      return traits_of(algorithm).of == family::rs;
    case kind::p256:
      return algorithm == token_algorithm::es256;
    case kind::p384:
      return algorithm == token_algorithm::es384;
    case kind::p521:
      return algorithm == token_algorithm::es512;
  }
  return false;
}

bool signature_key::verifies(token_algorithm algorithm, std::string_view text, std::string_view signature) const {
  if (!fits(algorithm)) {
    return false;
  }
  const openssl_error_scope errors;
  const auto& traits = traits_of(algorithm);
  switch (traits.of) {
    case family::hs:
      return constant_time_equal(token_mac(algorithm, secret_, text), signature);
    case family::rs:
      return digest_verifies(traits, public_.get(), text, signature);
    case family::es: {
      const auto der = der_signature(signature, traits.number_size);
      return !der.empty() && digest_verifies(traits, public_.get(), text, der);
    }
  }
  return false;
}

}  // namespace ability
