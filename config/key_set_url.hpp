// Where a JWK Set is, as one URL.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace ability {

/// Where it is fetched from.
struct key_set_url {
  bool tls = true;
  std::string host;          ///< name or IP address; an IPv6 address without its brackets
  std::uint16_t port = 443;  ///< never 0
  std::string target;        ///< path and query, begins with `/`
};

/// Whether `text` is meant as a URL rather than as the path of a file.
bool is_key_set_url(std::string_view text);

/// Takes `https://host[:port][/path][?query]` apart. Whoever can change the keys on their way can let himself in, so
/// `http://` is for loopback addresses only.
///
/// The error is a phrase to put behind the option's name, like `must be ...`.
std::variant<key_set_url, std::string> parse_key_set_url(std::string_view url);

}  // namespace ability
