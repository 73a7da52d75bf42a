/// The counters of a run.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ability::load {

/// Counters over all clients. The names are those of scenarios and reports.
enum class tally : std::uint8_t {
  connected,         ///< admitted connections
  connect_failures,  ///< failed attempts to connect
  disconnects,       ///< connections that the server ended or that broke
  subscribed,        ///< confirmed subscriptions
  rejected,          ///< refused subscriptions
  resumed,           ///< subscriptions that were continued from a position: `confirm_history`
  resume_refused,    ///< the same, refused: `reject_history`
  performed,         ///< actions sent
  published,         ///< accepted publications
  refused,           ///< refused publications
  delivered,         ///< messages of this run, each at its first arrival
  lost,              ///< messages that should have arrived, but did not within the time of grace
  missed,            ///< the same, while the client was disconnected against its will
  duplicates,        ///< messages that arrived again
  out_of_order,      ///< messages that arrived after a later one of the same publisher and stream
  foreign,           ///< messages that are not part of this run
  unmet,             ///< `expect` steps that timed out
  failed_clients     ///< clients that could not do all their steps
};
inline constexpr std::size_t tally_count = 18;

/// Name in a report: `out_of_order`.
const char* name_of(tally which) noexcept;

/// All counters, indexed by `tally`.
using tallies = std::array<std::uint64_t, tally_count>;

inline std::uint64_t count_of(const tallies& all, tally which) noexcept { return all[static_cast<std::size_t>(which)]; }
inline std::uint64_t& count_of(tallies& all, tally which) noexcept { return all[static_cast<std::size_t>(which)]; }

inline void add_counts(tallies& into, const tallies& more) noexcept {
  for (std::size_t i = 0; i < tally_count; ++i)
    into[i] += more[i];
}

}  // namespace ability::load
