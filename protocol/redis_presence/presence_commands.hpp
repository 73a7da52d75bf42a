/// Commands about the members of a stream.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/presence/shared_members.hpp"
#include "protocol/redis_log/log_commands.hpp"
#include "protocol/redis_presence/presence_keys.hpp"

namespace ability {

/// The bounds of a stream's members.
struct presence_bounds {
  std::chrono::milliseconds lease{};  ///< for which a session is present unless it is renewed
  std::size_t max_members = 0;
  std::size_t max_sessions = 0;
  bool sharded = false;  ///< followers use `SSUBSCRIBE`
};

/// Carries out `orders` in their order.
std::string presence_command(const presence_keys& keys, const presence_bounds& bounds,
                             const std::vector<member_order>& orders, script_form form = script_form::digest);

/// Reads about `count` members, from `cursor` on; `0` begins. Members that come or go meanwhile may be missing, and any
/// may come twice.
std::string scan_command(const presence_keys& keys, std::string_view cursor, std::size_t count);

}  // namespace ability
