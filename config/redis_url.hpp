// The address of a Redis server as one URL.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ability {

/// Where a server of a Redis Cluster is.
struct redis_host {
  std::string host;           ///< name or IP address; an IPv6 address without its brackets
  std::uint16_t port = 6379;  ///< TCP port, never 0

  friend bool operator==(const redis_host&, const redis_host&) = default;
};

/// Address and login of a Redis server, or of a Redis Cluster.
struct redis_url {
  std::string host;           ///< name or IP address; an IPv6 address without its brackets; empty with `path`
  std::uint16_t port = 6379;  ///< TCP port, never 0
  std::vector<redis_host>
      cluster;               ///< some servers of a Redis Cluster, the first one also as `host`; empty: it is none
  std::string path;          ///< path of a Unix socket, absolute; empty with `host`
  std::string user;          ///< percent-decoded; empty = Redis' default user
  std::string password;      ///< percent-decoded; empty without `user` = no login
  int database = 0;          ///< database number for SELECT
  bool tls = false;          ///< `rediss`
  bool skip_verify = false;  ///< `?skip_verify=true`: accept any certificate
  std::vector<std::string> unused;  ///< names of parameters without effect here, like the size of a pool
};

/// The accepted forms, as shown in help and errors.
inline constexpr const char* redis_url_forms =
    "redis://[[user][:password]@][host][:port][/database], rediss://... for TLS, "
    "unix://[[user][:password]@]/path/of/socket, redis+cluster://[[user][:password]@]host[:port][,host[:port]...] or "
    "rediss+cluster://... for a Redis Cluster, or none; db=N or skip_verify=true behind ?";

/// Parses one of `redis_url_forms`. `none` means no Redis: `host` and `path` are empty. The default host is
/// localhost, as in the Redis clients of Go and Ruby.
///
/// The error is a phrase that follows the option's name: `must be redis://..., where the port ...`. It repeats no
/// part of the URL, which may hold a password.
std::variant<redis_url, std::string> parse_redis_url(std::string_view url);

/// True if the option's value names a server: neither empty nor `none`.
bool names_redis(std::string_view url);

}  // namespace ability
