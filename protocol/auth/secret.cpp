#include "protocol/auth/secret.hpp"

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <array>
#include <span>
#include <stdexcept>
#include <utility>

#include "protocol/auth/octets.hpp"
#include "protocol/text/hex.hpp"

namespace ability {
namespace {

using digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

/// Throws on failure: a missing digest must never be compared or returned.
void require(bool made, const char* what) {
  if (!made) {
    throw std::runtime_error(std::string{"OpenSSL failed: "} + what);
  }
}

digest sha256(std::string_view text) {
  digest out;
  require(SHA256(octets(text), text.size(), out.data()) != nullptr, "SHA-256");
  return out;
}

}  // namespace

bool constant_time_equal(std::string_view a, std::string_view b) {
  // Digests have one length, independent of their input.
  const auto left = sha256(a);
  const auto right = sha256(b);
  return CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::string derive_key(std::string_view secret, std::string_view purpose) {
  digest code;
  require(HMAC(EVP_sha256(), octets(secret), static_cast<int>(secret.size()), octets(purpose), purpose.size(),
               code.data(), nullptr) != nullptr,
          "HMAC");
  return to_hex(code);
}

std::string cluster_key(std::string_view own, std::string_view secret) {
  return own.empty() && !secret.empty() ? derive_key(secret, cluster_key_purpose) : std::string{own};
}

std::string random_id() {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  static_assert(alphabet.size() == 64);
  static constexpr auto size = random_id_size;
  // A call of OpenSSL costs more than its random bytes, so one call serves many ids.
  thread_local std::array<unsigned char, 48 * size> random;
  thread_local std::size_t left = 0;
  if (left == 0) {
    require(RAND_bytes(random.data(), random.size()) == 1, "random numbers");
    left = random.size();
  }
  std::string out;
  out.reserve(size);
  for (std::size_t i = 0; i < size; ++i)
    out += alphabet[std::exchange(random[--left], 0) % alphabet.size()];
  if (out.front() == '-')  // a command line would read it as an option
    return random_id();
  return out;
}

}  // namespace ability
