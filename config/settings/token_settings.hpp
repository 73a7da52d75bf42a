/// Settings of tokens.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ability {

/// URL from which a JWK Set is fetched.
struct key_set_place {
  bool tls = true;
  std::string host = {};  ///< a name or an IP address, an IPv6 one without brackets
  std::uint16_t port = 443;
  std::string target = {};  ///< path and query

  bool operator==(const key_set_place&) const = default;
};

/// Sources of `token_keys` and `key_set_place`, in the words of the options.
struct token_settings {
  std::vector<std::string> secrets = {};           ///< HMAC keys; empty: the general secret; `none`
  std::vector<std::string> public_key_files = {};  ///< PEM
  std::string key_set = {};                        ///< file with a JWK Set, or well-formed for `parse_key_set_url`
};

}  // namespace ability
