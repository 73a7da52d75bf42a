/// TLS to Redis, as it is configured.
#pragma once

#include <string>

#include "net/io/tls.hpp"

namespace ability {

/// How TLS to Redis is spoken.
struct redis_tls {
  bool on = false;
  bool verify = true;            ///< whether the certificate must be right
  std::string ca_file;           ///< PEM file of the authorities to trust; empty: the system's
  std::string certificate_file;  ///< PEM chain that is shown to Redis; empty: none. Both or neither of this and:
  std::string key_file;          ///< its PEM key, not encrypted
};

/// Reads the files. The error is a sentence that names the file and what is wrong with it.
fly::tls_context::load_result load_redis_tls(const redis_tls& how);

}  // namespace ability
