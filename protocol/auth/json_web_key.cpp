#include "protocol/auth/json_web_key.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <array>
#include <optional>
#include <utility>

#include "protocol/auth/octets.hpp"
#include "protocol/auth/openssl_ptr.hpp"
#include "protocol/json/json_fields.hpp"
#include "protocol/text/base64.hpp"

namespace ability {
namespace {

/// All members of a set's key that are read.
struct key_entry {
  json_kind kind = json_kind::absent;
  json_field kty{"kty"};
  json_field use{"use"};
  json_field alg{"alg"};
  json_field kid{"kid"};
  json_field k{"k"};
  json_field n{"n"};
  json_field e{"e"};
  json_field crv{"crv"};
  json_field x{"x"};
  json_field y{"y"};

  std::array<json_field*, 10> fields() noexcept { return {&kty, &use, &alg, &kid, &k, &n, &e, &crv, &x, &y}; }
};

class key_set_reader final : public json_visitor {
public:
  void on_value(std::size_t depth, std::string_view key, const json_value& value) override {
    if (depth == 0) {
      root = value.kind;
    } else if (depth == 1) {
      in_keys_ = root == json_kind::object && key == "keys";
      if (in_keys_) {
        keys.take(value);
        entries.clear();
      }
    } else if (in_keys_ && keys.kind == json_kind::array) {
      if (depth == 2) {
        entries.emplace_back().kind = value.kind;
      } else if (depth == 3) {
        for (auto* field : entries.back().fields()) {
          if (field->key == key) {
            field->take(value);
          }
        }
      }
    }
  }

  json_kind root = json_kind::absent;
  json_field keys{"keys"};
  std::vector<key_entry> entries;

private:
  bool in_keys_ = false;
};

result<std::string> bytes_of(const json_field& field) {
  if (auto fit = require_text(field); !fit) {
    return fit.error();
  }
  auto bytes = decode_base64(field.text);
  if (!bytes) {
    return fault{bytes.error().code, "\"" + std::string{field.key} + "\" is " + bytes.error().detail};
  }
  return bytes;
}

/// Makes an OpenSSL key of the builder's parameters; null if they are invalid.
public_key key_from(const char* type, OSSL_PARAM_BLD* builder) {
  const openssl_ptr<OSSL_PARAM, OSSL_PARAM_free> parameters{OSSL_PARAM_BLD_to_param(builder)};
  const openssl_ptr<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context{EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr)};
  EVP_PKEY* made = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  return {made, EVP_PKEY_free};
}

result<signature_key> rsa_key(const key_entry& entry) {
  constexpr std::size_t max_size = 4096;  // bytes; signature_key has the exact limit
  const auto modulus = bytes_of(entry.n);
  if (!modulus) {
    return modulus.error();
  }
  const auto exponent = bytes_of(entry.e);
  if (!exponent) {
    return exponent.error();
  }
  if (modulus->size() > max_size || exponent->size() > max_size) {
    return fault{errc::wrong_value, "a number of an RSA key is too large"};
  }
  const openssl_ptr<BIGNUM, BN_free> n{BN_bin2bn(octets(*modulus), static_cast<int>(modulus->size()), nullptr)};
  const openssl_ptr<BIGNUM, BN_free> e{BN_bin2bn(octets(*exponent), static_cast<int>(exponent->size()), nullptr)};
  const openssl_ptr<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder{OSSL_PARAM_BLD_new()};
  if (!n || !e || !builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return signature_key::of_public(nullptr);
  }
  return signature_key::of_public(key_from("RSA", builder.get()));
}

struct curve {
  std::string_view name;
  const char* of_openssl;
  std::size_t number_size;
};

const curve* curve_named(std::string_view name) noexcept {
  static constexpr curve all[] = {{"P-256", "prime256v1", 32}, {"P-384", "secp384r1", 48}, {"P-521", "secp521r1", 66}};
  for (const auto& known : all) {
    if (known.name == name) {
      return &known;
    }
  }
  return nullptr;
}

result<signature_key> ec_key(const key_entry& entry, const curve& on) {
  std::string point{"\x04"};
  for (const auto* field : {&entry.x, &entry.y}) {
    const auto number = bytes_of(*field);
    if (!number) {
      return number.error();
    }
    if (number->size() != on.number_size) {
      return fault{errc::wrong_value, "\"" + std::string{field->key} + "\" must have " +
                                          std::to_string(on.number_size) + " bytes, found " +
                                          std::to_string(number->size())};
    }
    point += *number;
  }
  const openssl_ptr<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder{OSSL_PARAM_BLD_new()};
  if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, on.of_openssl, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) {
    return signature_key::of_public(nullptr);
  }
  return signature_key::of_public(key_from("EC", builder.get()));
}

result<signature_key> secret_key(const key_entry& entry) {
  auto secret = bytes_of(entry.k);
  if (!secret) {
    return secret.error();
  }
  return signature_key::of_secret(std::move(*secret));
}

/// Makes a key of its numbers; nullopt if it is to be skipped.
std::optional<result<signature_key>> made_of(const key_entry& entry) {
  if (entry.kty.text == "oct") {
    return secret_key(entry);
  }
  if (entry.kty.text == "RSA") {
    return rsa_key(entry);
  }
  if (entry.kty.text == "EC") {
    if (auto fit = require_text(entry.crv); !fit) {
      return fit.error();
    }
    if (const auto* on = curve_named(entry.crv.text)) {
      return ec_key(entry, *on);
    }
  }
  return std::nullopt;
}

/// Makes a key of its numbers and its other members; nullopt if it is to be skipped.
std::optional<result<signature_key>> read_key(key_entry& entry) {
  if (entry.kind != json_kind::object) {
    return fault{errc::wrong_type, "a key must be an object, found " + std::string{describe(entry.kind)}};
  }
  if (auto fit = require_text(entry.kty); !fit) {
    return fit.error();
  }
  for (const auto* field : {&entry.use, &entry.alg, &entry.kid}) {
    if (field->given() && field->kind != json_kind::string) {
      return unfit(*field, "a string");
    }
  }
  const auto algorithm = algorithm_named(entry.alg.text);
  if ((entry.use.given() && entry.use.text != "sig") || (entry.alg.given() && !algorithm)) {
    return std::nullopt;
  }
  auto key = made_of(entry);
  if (!key || !*key) {
    return key;
  }
  if (algorithm) {
    if (auto bound = (*key)->bind(*algorithm); !bound) {
      return bound.error();
    }
  }
  if (entry.kid.given()) {
    (*key)->name(std::move(entry.kid.text));
  }
  return key;
}

}  // namespace

result<std::vector<signature_key>> read_key_set(std::string_view json) {
  const openssl_error_scope errors;
  key_set_reader reader;
  if (auto read = visit_json(json, reader); !read) {
    return read.error();
  }
  if (reader.root != json_kind::object) {
    return fault{errc::wrong_type, "a key set must be an object, found " + std::string{describe(reader.root)}};
  }
  if (reader.keys.kind != json_kind::array) {
    return unfit(reader.keys, "an array");
  }
  std::vector<signature_key> out;
  for (std::size_t i = 0; i < reader.entries.size(); ++i) {
    auto key = read_key(reader.entries[i]);
    if (!key) {
      continue;
    }
    if (!*key) {
      return fault{key->error().code, "key " + std::to_string(i + 1) + " of the set: " + key->error().detail};
    }
    out.push_back(std::move(**key));
  }
  if (out.empty()) {
    return fault{errc::empty_value, "the key set has no key that can verify a token"};
  }
  return out;
}

}  // namespace ability
