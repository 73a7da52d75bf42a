#include "protocol/auth/pem_key.hpp"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <limits>
#include <utility>

#include "protocol/auth/openssl_ptr.hpp"
#include "protocol/json/excerpt.hpp"

namespace ability {
namespace {

/// OPENSSL_free as a function, as it is a macro.
void free_octets(void* made) noexcept { OPENSSL_free(made); }

/// One decoded text between BEGIN and END.
struct pem_block {
  openssl_ptr<char, free_octets> label;
  openssl_ptr<char, free_octets> header;
  openssl_ptr<unsigned char, free_octets> data;
  long size = 0;
};

/// Reads the next block, empty if there is none. Unlike OpenSSL's functions that read a key directly, this never asks
/// for a passphrase at the terminal.
pem_block next_block(BIO* in) {
  char* label = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  if (PEM_read_bio(in, &label, &header, &data, &size) != 1) {
    return {};
  }
  pem_block out;
  out.label.reset(label);
  out.header.reset(header);
  out.data.reset(data);
  out.size = size;
  return out;
}

result<signature_key> key_in(const pem_block& block) {
  const std::string_view label{block.label.get()};
  const auto* at = block.data.get();
  EVP_PKEY* made = nullptr;
  if (label == PEM_STRING_PUBLIC) {
    made = d2i_PUBKEY(nullptr, &at, block.size);
  } else if (label == PEM_STRING_RSA_PUBLIC) {
    made = d2i_PublicKey(EVP_PKEY_RSA, nullptr, &at, block.size);
  } else {
    return fault{errc::wrong_value, "PEM must hold a PUBLIC KEY, found " + excerpt(label)};
  }
  return signature_key::of_public(made == nullptr ? nullptr : public_key{made, EVP_PKEY_free});
}

}  // namespace

result<std::vector<signature_key>> read_pem_keys(std::string_view pem) {
  const openssl_error_scope errors;
  if (pem.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    return fault{errc::wrong_value, "malformed PEM: too large"};
  }
  const openssl_ptr<BIO, BIO_free> in{BIO_new_mem_buf(pem.empty() ? "" : pem.data(), static_cast<int>(pem.size()))};
  std::vector<signature_key> out;
  for (auto block = next_block(in.get()); block.label; block = next_block(in.get())) {
    auto key = key_in(block);
    if (!key) {
      return key.error();
    }
    out.push_back(std::move(*key));
  }
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
    return fault{errc::wrong_value, "malformed PEM: a key is damaged"};
  }
  if (out.empty()) {
    return fault{errc::empty_value, "there is no PEM text of a public key"};
  }
  return out;
}

}  // namespace ability
