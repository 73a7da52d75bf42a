/// Recognition of addresses of this machine.
#pragma once

#include <string>

namespace ability {

/// True if `host` is this machine, without a look-up: `localhost` or a loopback IP address, IPv6 without brackets.
bool is_loopback(const std::string& host);

}  // namespace ability
