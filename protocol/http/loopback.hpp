/// Which addresses do not leave this machine.
#pragma once

#include <string>

namespace ability {

/// Whether `host` is this machine, without a look-up: `localhost` or an IP address of the loopback, IPv6 without
/// brackets.
bool is_loopback(const std::string& host);

}  // namespace ability
