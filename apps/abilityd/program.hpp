/// The daemon as a program: its command line, its log and its exit code.
#pragma once

#include <span>
#include <vector>

#include "net/http/client_protocol.hpp"

namespace ability {

/// Runs abilityd with `arguments`, the first of which is the program's name. `protocols` has one row for each
/// WebSocket subprotocol, and one without a name. Returns the exit code.
int run_program(std::span<const char* const> arguments, const std::vector<client_protocol>& protocols);

}  // namespace ability
