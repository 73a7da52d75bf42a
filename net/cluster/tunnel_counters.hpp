/// Counters of the tunnel.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "actors/node/counters.hpp"

namespace ability {

/// Reasons to refuse or close a connection.
enum class tunnel_refusal : std::uint8_t {
  malformed,
  handshake_timeout,
  tls_failed,
  wrong_secret,
  wrong_version,
  crowded_out,  ///< closed to make room before it had proved anything
  other,
};
inline constexpr std::size_t tunnel_refusals = 7;

/// The name in metrics and logs.
std::string_view name_of(tunnel_refusal which) noexcept;

/// Written on the tunnel's lane only.
struct tunnel_counters {
  counter accepted;                              ///< connections, also those refused later
  std::array<counter, tunnel_refusals> refused;  ///< by `tunnel_refusal`
  counter dropped;  ///< messages of admitted peers, to an actor other than theirs or of a type that no peer sends
};

}  // namespace ability
