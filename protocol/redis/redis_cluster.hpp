/// The parts of a Redis Cluster: which server has which keys.
/// Source: redis.io "Redis cluster specification".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/redis/redis_address.hpp"
#include "protocol/redis/redis_value.hpp"

namespace ability {

/// Each key, and each channel of `SSUBSCRIBE`, has one of these slots, and each slot is on one server.
inline constexpr std::size_t redis_slots = 16'384;

/// The slot of a key: that of the text between its first brace and the next closing one, if there is any.
std::uint16_t redis_slot_of(std::string_view key) noexcept;

/// Slots that one master has.
struct redis_slot_range {
  std::uint16_t first = 0;
  std::uint16_t last = 0;
  redis_address master = {};

  friend bool operator==(const redis_slot_range&, const redis_slot_range&) = default;
};

/// Reads the answer to `CLUSTER SLOTS` of the server at `asked`, which may leave its own host out. None: it is not one.
std::optional<std::vector<redis_slot_range>> read_slot_map(const redis_value& answer, const redis_address& asked);

/// The server's statement that another one has the slot.
struct redis_redirect {
  bool is_ask = false;  ///< `ASK`: for this command alone, and behind `ASKING`; else `MOVED`, for all
  std::uint16_t slot = 0;
  std::optional<redis_address> to = {};  ///< none: the server does not know how it is reached
};

/// Reads an error of the server at `asked`, without its leading `-`. None: it is neither `MOVED` nor `ASK`.
std::optional<redis_redirect> read_redirect(std::string_view error, const redis_address& asked);

/// True for the error `TRYAGAIN`: some of the keys of the command are on their way to another server.
bool is_try_again(std::string_view error) noexcept;

}  // namespace ability
