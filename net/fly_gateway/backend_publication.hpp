/// Publications that a backend asks its gateway to make.
/// Source: docs/protocols/flyrpc.md "RPC on id 0".
#pragma once

#include <functional>
#include <string>

#include "net/lane/lane_context.hpp"
#include "protocol/fly/packet.hpp"

namespace ability {

/// Handles a request of a backend: publishes it, or refuses and counts it. `name` is called for the backend's name if
/// it is needed. Returns the bytes of the answer; empty: none is expected, or `later` gets them, on any thread.
std::string handle_publication(const fly::packet& what, const std::function<std::string()>& name, lane_home& home,
                               std::function<void(std::string)> later);

}  // namespace ability
