/// What a node tells others of itself, and of the nodes that it knows.
/// Source: docs/protocols/cluster.md "Handshake".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/result.hpp"

namespace ability {

/// One node of a cluster.
struct member {
  std::string uuid;           ///< 32 lower-case hex digits, made anew by each process
  std::string name;           ///< for people; 1 to 64 bytes of printable ASCII without spaces
  std::string address;        ///< `host:port` where other nodes reach it
  std::uint64_t started = 0;  ///< ms since 1970 of its own clock: of two with one name the later one counts

  bool operator==(const member&) const = default;
};

/// How many members a cluster may have: each pair has a link.
inline constexpr std::size_t max_members = 64;

/// Members as a JSON array: `[{"uuid":…,"name":…,"address":…,"started":…},…]`. Unknown keys are for later versions.
std::string encode_members(const std::vector<member>& members);

/// Errors: those of JSON, of a key that is missing or wrong, `too_large` (over 4 * `max_members`).
result<std::vector<member>> decode_members(std::string_view json);

/// A new `uuid`. Throws what `random_id` throws.
std::string make_uuid();

}  // namespace ability
