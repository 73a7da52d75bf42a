// The upper bound of an application's call rate: callers that do nothing but call.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ability::load {

/// Makes `calls` calls of `connect` to `bare_app` on `port`, `at_a_time` under way, each on a connection of its own
/// that calls again at once. Returns calls/s. Throws if the application closes a connection, and `interrupted`.
double bare_calls_per_s(std::uint16_t port, std::size_t at_a_time, std::size_t calls);

}  // namespace ability::load
