// The address of a Redis server as one URL.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace ability {

/// Where Redis is, and as whom to log in.
struct redis_url {
  std::string host;           ///< name or IP address; an IPv6 address without its brackets
  std::uint16_t port = 6379;  ///< TCP port, never 0
  std::string user;           ///< percent-decoded; empty = Redis' default user
  std::string password;       ///< percent-decoded; empty = do not log in
  int database = 0;           ///< for SELECT
};

/// Takes `redis://[[user]:password@]host[:port][/database]` apart.
///
/// The error is a phrase to put behind the option's name: `must be redis://..., where the port ...`. It repeats no part
/// of the URL, which may hold a password.
std::variant<redis_url, std::string> parse_redis_url(std::string_view url);

}  // namespace ability
