#include "protocol/auth/jwt.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <utility>

#include "protocol/auth/json_web_key.hpp"
#include "protocol/auth/pem_key.hpp"
#include "protocol/json/excerpt.hpp"
#include "protocol/json/json_fields.hpp"
#include "protocol/json/json_text.hpp"
#include "protocol/text/base64.hpp"
#include "protocol/text/utf8.hpp"

namespace ability {
namespace {

using std::chrono::seconds;
using std::chrono::system_clock;

/// Parts of the compact form, as views.
struct token_parts {
  std::string_view header;
  std::string_view claims;
  std::string_view signature;
  std::string_view signed_text;
};

std::optional<token_parts> split(std::string_view token) {
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  if (first == last || token.find('.', first + 1) != last) {
    return std::nullopt;
  }
  return token_parts{.header = token.substr(0, first),
                     .claims = token.substr(first + 1, last - first - 1),
                     .signature = token.substr(last + 1),
                     .signed_text = token.substr(0, last)};
}

result<std::string> decode_part(std::string_view part, std::string_view what) {
  // Tokens are always URL-safe and unpadded; `decode_base64` accepts other forms, too.
  if (part.find_first_of("+/=") == std::string_view::npos) {
    if (auto bytes = decode_base64(part)) {
      return bytes;
    }
  }
  return fault{errc::wrong_value, "the token's " + std::string{what} + " is no base64url"};
}

struct token_header {
  token_algorithm algorithm;
  std::optional<std::string> key_id;
};

result<token_header> read_header(std::string_view part) {
  const auto json = decode_part(part, "header");
  if (!json) {
    return json.error();
  }
  json_field alg{"alg"};
  json_field kid{"kid"};
  json_field crit{"crit"};
  json_field* const fields[] = {&alg, &kid, &crit};
  if (auto read = read_object(*json, "the token's header", fields); !read) {
    return read.error();
  }
  if (alg.kind != json_kind::string) {
    return unfit(alg, "a string");
  }
  if (kid.given() && kid.kind != json_kind::string) {
    return unfit(kid, "a string");
  }
  if (crit.kind != json_kind::absent) {
    return fault{errc::wrong_value, "the token demands extensions by \"crit\", of which none is known"};
  }
  const auto algorithm = algorithm_named(alg.text);
  if (!algorithm) {
    return fault{errc::wrong_value, "\"alg\" must be HS, RS or ES with 256, 384 or 512, found " + excerpt(alg.text)};
  }
  token_header out{.algorithm = *algorithm, .key_id = std::nullopt};
  if (kid.given()) {
    out.key_id = std::move(kid.text);
  }
  return out;
}

result<void> check_signature(const token_parts& parts, const token_header& header,
                             std::span<const signature_key> keys) {
  const auto signature = decode_part(parts.signature, "signature");
  if (!signature) {
    return signature.error();
  }
  const auto is_named = [&](const signature_key& key) { return header.key_id && key.is_named(*header.key_id); };
  const bool named_only = std::ranges::any_of(keys, is_named);
  bool any_fits = false;
  for (const auto& key : keys) {
    if ((named_only && !is_named(key)) || !key.fits(header.algorithm)) {
      continue;
    }
    any_fits = true;
    if (key.verifies(header.algorithm, parts.signed_text, *signature)) {
      return {};
    }
  }
  return fault{errc::bad_signature,
               any_fits ? "the token's signature does not match" : "no key is for the token's algorithm"};
}

/// A time of a token plus `more` seconds, within the range of a system_clock; nullopt if absent.
result<std::optional<std::int64_t>> time_of(const json_field& field, seconds more) {
  if (field.kind == json_kind::absent) {
    return std::optional<std::int64_t>{};
  }
  if (field.kind != json_kind::number) {
    return unfit(field, "a number");
  }
  constexpr auto earliest = std::chrono::duration_cast<seconds>(system_clock::duration::min()).count();
  constexpr auto latest = std::chrono::duration_cast<seconds>(system_clock::duration::max()).count();
  const auto whole = std::clamp(std::floor(field.number) + static_cast<double>(more.count()),
                                static_cast<double>(earliest), static_cast<double>(latest));
  return std::optional{static_cast<std::int64_t>(whole)};
}

result<token_claims> read_claims(std::string_view part, system_clock::time_point now, seconds leeway) {
  const auto json = decode_part(part, "claims");
  if (!json) {
    return json.error();
  }
  json_field ext{"ext"};
  json_field exp{"exp"};
  json_field nbf{"nbf"};
  json_field sub{.key = "sub", .raw_only = true};
  json_field iss{.key = "iss", .raw_only = true};
  json_field* const fields[] = {&ext, &exp, &nbf, &sub, &iss};
  if (auto read = read_object(*json, "the token's claims", fields); !read) {
    return read.error();
  }
  const auto expires = time_of(exp, leeway);
  if (!expires) {
    return expires.error();
  }
  const auto not_before = time_of(nbf, -leeway);
  if (!not_before) {
    return not_before.error();
  }
  const auto time = std::chrono::floor<seconds>(now).time_since_epoch().count();
  if (*expires && time >= **expires) {
    return fault{errc::expired, "the token has expired"};
  }
  if (*not_before && time < **not_before) {
    return fault{errc::not_yet_valid, "the token is not valid yet"};
  }
  if (auto fit = require_text(ext); !fit) {
    return fit.error();
  }
  return token_claims{.identity = std::move(ext.text),
                      .expires = *expires,
                      .subject = std::string{sub.raw},
                      .issuer = std::string{iss.raw}};
}

result<void> append(std::vector<signature_key>& to, result<std::vector<signature_key>> from) {
  if (!from) {
    return from.error();
  }
  to.insert(to.end(), std::make_move_iterator(from->begin()), std::make_move_iterator(from->end()));
  return {};
}

}  // namespace

void token_keys::add_secret(std::string secret) {
  if (auto key = signature_key::of_secret(std::move(secret))) {
    keys_.push_back(std::move(*key));
  }
}

result<void> token_keys::add_pem(std::string_view pem) { return append(keys_, read_pem_keys(pem)); }

result<void> token_keys::add_jwks(std::string_view json) { return append(keys_, read_key_set(json)); }

result<token_claims> verify_token(std::string_view token, const token_keys& keys, system_clock::time_point now,
                                  seconds leeway) {
  if (token.size() > max_token_size) {
    return fault{errc::too_large, "the token is over " + std::to_string(max_token_size) + " bytes"};
  }
  const auto parts = split(token);
  if (!parts) {
    return fault{errc::wrong_value, "a token must be three parts with a dot between"};
  }
  const auto header = read_header(parts->header);
  if (!header) {
    return header.error();
  }
  if (auto checked = check_signature(*parts, *header, keys.all()); !checked) {
    return checked.error();
  }
  return read_claims(parts->claims, now, leeway);
}

bool lacks_key(std::string_view token, const token_keys& keys) {
  const auto parts = token.size() > max_token_size ? std::nullopt : split(token);
  const auto header = parts ? read_header(parts->header) : result<token_header>{fault{errc::wrong_value, {}}};
  if (!header) {
    return false;
  }
  return std::ranges::none_of(keys.all(), [&](const signature_key& key) {
    return header->key_id ? key.is_named(*header->key_id) : key.fits(header->algorithm);
  });
}

result<std::string> make_token(std::string_view identity, std::optional<std::int64_t> expires,
                               std::string_view secret) {
  if (identity.empty()) {
    return fault{errc::empty_value, "an identity must not be empty"};
  }
  if (secret.empty()) {
    return fault{errc::empty_value, "a secret must not be empty"};
  }
  if (!is_utf8(identity)) {
    return fault{errc::invalid_utf8, "an identity must be UTF-8"};
  }
  std::string claims = R"({"ext":)";
  append_json_string(claims, identity);
  if (expires) {
    claims.append(R"(,"exp":)").append(std::to_string(*expires));
  }
  claims += '}';
  auto out = encode_base64url(R"({"alg":"HS256","typ":"JWT"})") + '.' + encode_base64url(claims);
  const auto signature = token_mac(token_algorithm::hs256, secret, out);
  out.append(".").append(encode_base64url(signature));
  if (out.size() > max_token_size) {
    return fault{errc::too_large, "the token would be over " + std::to_string(max_token_size) + " bytes"};
  }
  return out;
}

}  // namespace ability
