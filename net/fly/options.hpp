/// Options of the connections of a client or a server: `peer_options`, `node_options`, `admission`, `stats`.
#pragma once

#include "net/fly/peer/options.hpp"  // IWYU pragma: export
