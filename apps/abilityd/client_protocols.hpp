/// The client protocols of the daemon.
#pragma once

#include <vector>

#include "net/http/client_protocol.hpp"

namespace ability {

/// One row for each WebSocket subprotocol, and one for clients that offer none of them.
std::vector<client_protocol> client_protocols();

}  // namespace ability
