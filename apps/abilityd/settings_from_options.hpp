/// The settings of the daemon's parts, made from the options of abilityd.
#pragma once

#include "apps/abilityd/daemon.hpp"
#include "config/options.hpp"
#include "config/redis_url.hpp"

namespace ability {

/// The settings of a daemon with these options. Reads the files that they name. Throws std::runtime_error, which names
/// the file or the option, if they cannot be used together or a file cannot be read.
daemon_settings settings_of(const options& given);

/// The parts of `redis_url`, which are empty if there is none.
redis_url redis_url_of(const options& given);

}  // namespace ability
