/// How one client is pinged: as the daemon pings all, unless its handshake asks for something else.
/// Source: docs/protocols/action-cable.md "Pings and pongs"; rails/rails pull request 58798.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "net/http/client_handshake.hpp"
#include "net/lane/lane_context.hpp"

namespace ability {

/// Pings as one client wants them, and the pongs that are asked of it.
enum class pong_duty : std::uint8_t {
  none,
  if_welcomed,  ///< to answer them, once its welcome has told it so: Rails' extension
  always,       ///< to answer them: the extended protocol
};

/// How one client is pinged.
struct ping_habit {
  std::chrono::duration<std::uint32_t, std::milli> interval{};  ///< 0: it is not
  ping_unit unit = ping_unit::seconds;
  pong_duty pongs = pong_duty::none;
};

/// The habit of the client that has sent `request` and agreed on `subprotocol`. `pi=SECONDS` in its query is another
/// interval, from 0 (no pings) to an hour, and `ptp=s`, `ms` or `ns` another unit; what is none of that is ignored.
ping_habit ping_habit_of(const edge_settings& settings, const upgrade_request& request, std::string_view subprotocol);

/// The Unix time in `unit`.
std::int64_t now_in(ping_unit unit);

/// A ready frame with the time in `unit`; clients of a lane that are pinged at the same time share it.
frames_ptr ping_frame(ping_unit unit);

}  // namespace ability
