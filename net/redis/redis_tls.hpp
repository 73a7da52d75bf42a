/// TLS for Redis.
#pragma once

#include "config/settings/redis_settings.hpp"
#include "net/io/tls.hpp"

namespace ability {

/// Reads the files. The error is a sentence with the file and its error.
fly::tls_context::load_result load_redis_tls(const redis_tls& how);

}  // namespace ability
