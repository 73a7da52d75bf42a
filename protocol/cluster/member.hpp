/// Description of a node, sent to other nodes.
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
  std::string uuid;           ///< 32 lower-case hex digits, generated anew by each process
  std::string name;           ///< for people; 1 to 64 bytes of printable ASCII without spaces
  std::string address;        ///< `host:port` at which other nodes reach it
  std::uint64_t started = 0;  ///< ms since 1970 by its own clock: of two with one name the later one counts

  bool operator==(const member&) const = default;
};

/// Maximum number of members of a cluster: each pair has a link.
inline constexpr std::size_t max_members = 64;

/// Members as a JSON array: `[{"uuid":…,"name":…,"address":…,"started":…},…]`. Unknown keys are for later versions.
std::string encode_members(const std::vector<member>& members);

/// Errors: those of JSON, of a missing or wrong key, `too_large` (over 4 * `max_members`).
result<std::vector<member>> decode_members(std::string_view json);

/// A new `uuid`. Throws like `random_id`.
std::string make_uuid();

}  // namespace ability
