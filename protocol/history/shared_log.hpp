/// The log of a stream that several nodes share.
/// Source: docs/reliable-streams.md "The log".
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "protocol/history/stream_position.hpp"
#include "protocol/publication/publication.hpp"

namespace ability {

/// Outcome of an append.
struct log_appended {
  enum class outcome : std::uint8_t {
    added,
    earlier,  ///< the publication was in the log already
    unsure,   ///< it was tried before, and the log does not tell any more whether it was added
  };
  outcome what = outcome::added;
  stream_position at = {};  ///< of the publication; none if `unsure`
  std::int64_t time = 0;    ///< Unix time in milliseconds; of `added` alone
};

/// An earlier epoch of a log whose positions up to `last` are positions of the present one, with the same offsets.
struct log_ancestor {
  std::uint64_t epoch = 0;
  std::uint64_t last = 0;

  friend bool operator==(const log_ancestor&, const log_ancestor&) = default;
};

/// One publication of a log.
struct log_entry {
  std::uint64_t offset = 0;
  std::int64_t time = 0;  ///< Unix time in milliseconds
  broadcast message = {};
};

/// State of a log, and some of its publications.
struct log_content {
  stream_position at = {};                   ///< of the last publication
  std::uint64_t first = 0;                   ///< offset of the oldest that is kept; `at.offset + 1` if none is
  std::int64_t complete_from = 0;            ///< all publications since this time are kept
  std::int64_t now = 0;                      ///< time of the server; times are Unix times in milliseconds
  std::vector<log_ancestor> ancestors = {};  ///< the latest first
  std::vector<log_entry> entries = {};       ///< those behind the offset that was asked for, without gaps
  bool has_members = false;                  ///< sessions are present in the stream
  std::size_t unreadable = 0;                ///< publications that are missing or cannot be read: those before are lost
};

/// A new publication of a shared log, as its followers are told of it.
struct log_news {
  std::uint64_t epoch = 0;
  log_entry entry = {};
};

}  // namespace ability
