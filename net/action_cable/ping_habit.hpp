/// Ping settings of one client: those of the daemon, unless the client's handshake asks for others.
/// Source: docs/protocols/action-cable.md "Pings and pongs"; rails/rails pull request 58798.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "net/http/client_handshake.hpp"
#include "net/lane/lane_context.hpp"

namespace ability {

/// Duty of a client to answer pings with pongs.
enum class pong_duty : std::uint8_t {
  none,
  if_welcomed,  ///< required once the welcome has announced it: Rails' extension
  always,       ///< always required: the extended protocol
};

/// Ping settings of one client.
struct ping_habit {
  std::chrono::duration<std::uint32_t, std::milli> interval{};  ///< 0: no pings
  ping_unit unit = ping_unit::seconds;
  pong_duty pongs = pong_duty::none;
};

/// Returns the habit of the client that sent `request` and agreed on `subprotocol`. `pi=SECONDS` in its query sets the
/// interval: 0 (no pings) to 3,600. `ptp=s`, `ms` or `ns` sets the unit. Other values are ignored.
ping_habit ping_habit_of(const edge_settings& settings, const upgrade_request& request, std::string_view subprotocol);

/// Returns the Unix time in `unit`.
std::int64_t now_in(ping_unit unit);

/// Returns a frame, ready to write, with the time in `unit`; clients of a lane that are pinged together share it.
frames_ptr ping_frame(ping_unit unit);

}  // namespace ability
