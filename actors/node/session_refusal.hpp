/// The reasons why a session is not restored.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ability {

/// Reason why a client that asked for its earlier session is treated as a new one.
enum class session_refusal : std::uint8_t {
  malformed,   ///< the sid is none of ours
  unknown,     ///< there is no such session: it has ended, was restored, or never was
  foreign,     ///< another token or another Origin
  unfinished,  ///< its connection did not end in time
  away,        ///< the sessions that nodes share cannot be read
};

inline constexpr std::size_t session_refusals = 5;

/// Returns the name used in metrics.
constexpr std::string_view name_of(session_refusal why) noexcept {
  constexpr std::array<std::string_view, session_refusals> names{"malformed", "unknown", "foreign", "unfinished",
                                                                 "away"};
  return names[static_cast<std::size_t>(why)];
}

}  // namespace ability
