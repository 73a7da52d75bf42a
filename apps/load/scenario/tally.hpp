/// What a run counts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ability::load {

/// What is counted, of all clients together. Names are those in scenarios and reports.
enum class tally : std::uint8_t {
  connected,         ///< connections that were let in
  connect_failures,  ///< attempts that were not
  disconnects,       ///< connections that the server ended, or that broke
  subscribed,        ///< subscriptions that were confirmed
  rejected,          ///< subscriptions that were refused
  performed,         ///< actions sent
  published,         ///< publications that were accepted
  refused,           ///< publications that were not
  delivered,         ///< messages of this run that came, each the first time
  lost,              ///< messages that should have come, and did not within the time of grace
  missed,            ///< the same while the client was away without having asked for it
  duplicates,        ///< messages that came again
  out_of_order,      ///< messages of one publisher and stream that came after a later one
  foreign,           ///< messages that are not of this run
  unmet,             ///< `expect` steps whose time passed
  failed_clients     ///< clients that could not do all their steps
};
inline constexpr std::size_t tally_count = 16;

/// As in a report: `out_of_order`.
const char* name_of(tally which) noexcept;

/// All of them, by `tally`.
using tallies = std::array<std::uint64_t, tally_count>;

inline std::uint64_t count_of(const tallies& all, tally which) noexcept { return all[static_cast<std::size_t>(which)]; }
inline std::uint64_t& count_of(tallies& all, tally which) noexcept { return all[static_cast<std::size_t>(which)]; }

inline void add_counts(tallies& into, const tallies& more) noexcept {
  for (std::size_t i = 0; i < tally_count; ++i)
    into[i] += more[i];
}

}  // namespace ability::load
