/// TLS settings for Redis.
#pragma once

#include <string>

#include "net/io/tls.hpp"

namespace ability {

/// TLS settings for Redis.
struct redis_tls {
  bool on = false;
  bool verify = true;            ///< verify the server's certificate
  std::string ca_file;           ///< PEM file of the trusted authorities; empty: the system's
  std::string certificate_file;  ///< PEM chain presented to Redis; empty: none. Requires:
  std::string key_file;          ///< its PEM key, not encrypted
};

/// Reads the files. The error is a sentence with the file and its error.
fly::tls_context::load_result load_redis_tls(const redis_tls& how);

}  // namespace ability
