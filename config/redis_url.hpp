// The address of a Redis server as one URL.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ability {

/// Where Redis is, and as whom to log in.
struct redis_url {
  std::string host;                 ///< name or IP address; an IPv6 address without its brackets; empty with `path`
  std::uint16_t port = 6379;        ///< TCP port, never 0
  std::string path;                 ///< of a socket file, absolute; empty with `host`
  std::string user;                 ///< percent-decoded; empty = Redis' default user
  std::string password;             ///< percent-decoded; empty without `user` = do not log in
  int database = 0;                 ///< for SELECT
  bool tls = false;                 ///< `rediss`
  bool skip_verify = false;         ///< `?skip_verify=true`: any certificate will do
  std::vector<std::string> unused;  ///< names of parameters that mean nothing here, like the size of a pool
};

/// The forms of such a text, as people are told.
inline constexpr const char* redis_url_forms =
    "redis://[[user][:password]@][host][:port][/database], rediss://... for TLS, "
    "unix://[[user][:password]@]/path/of/socket, or none; db=N or skip_verify=true behind ?";

/// Takes one of `redis_url_forms` apart; `none` is no Redis: neither `host` nor `path`. A host that is left out is
/// localhost, as the Redis clients of Go and Ruby have it.
///
/// The error is a phrase to put behind the option's name: `must be redis://..., where the port ...`. It repeats no part
/// of the URL, which may hold a password.
std::variant<redis_url, std::string> parse_redis_url(std::string_view url);

/// Whether a value of the option names a server: it is neither empty nor `none`.
bool names_redis(std::string_view url);

}  // namespace ability
