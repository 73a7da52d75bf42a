/// Conversion of abilityd's options to the settings of its parts.
#pragma once

#include "apps/abilityd/daemon.hpp"
#include "config/options.hpp"
#include "config/redis_url.hpp"

namespace ability {

/// The settings for these options. Reads the files that they name. Throws std::runtime_error, which names the file or
/// the option, if options conflict or a file cannot be read.
daemon_settings settings_of(const options& given);

/// The parts of `redis_url`; empty if it is not set.
redis_url redis_url_of(const options& given);

}  // namespace ability
