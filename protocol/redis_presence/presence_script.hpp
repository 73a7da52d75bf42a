/// The script by which Redis keeps the members of a stream.
#pragma once

#include "protocol/redis_log/log_scripts.hpp"

namespace ability {

/// Carries out orders one after the other, and tells the followers who has come and who has left.
const log_script& presence_script();

}  // namespace ability
