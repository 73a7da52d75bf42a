// The URL of a JWK Set.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace ability {

/// Parsed URL of a JWK Set.
struct key_set_url {
  bool tls = true;
  std::string host;          ///< name or IP address; an IPv6 address without its brackets
  std::uint16_t port = 443;  ///< never 0
  std::string target;        ///< path and query, begins with `/`
};

/// True if `text` is a URL rather than the path of a file.
bool is_key_set_url(std::string_view text);

/// Parses `https://host[:port][/path][?query]`. Keys replaced in transit would let an attacker forge tokens, so
/// `http://` is allowed for loopback addresses only.
///
/// The error is a phrase that follows the option's name, like `must be ...`.
std::variant<key_set_url, std::string> parse_key_set_url(std::string_view url);

}  // namespace ability
