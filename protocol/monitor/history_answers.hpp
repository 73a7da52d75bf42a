/// Answers to monitoring programs about logs and sessions, as JSON. Input: facts, output: text; units are in the names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/history/stream_position.hpp"

namespace ability {

/// The log of one stream.
struct history_report {
  struct publication {
    std::uint64_t offset;
    std::int64_t at_ms;  ///< since 1970
    std::size_t bytes;   ///< of its data
  };
  std::string name;
  stream_position position = {};               ///< of the last publication
  std::size_t kept = 0;                        ///< publications
  std::optional<std::size_t> bytes = {};       ///< size of the log; none: it is not in this node
  std::size_t limit = 0;                       ///< publications that may be kept
  double ttl_s = 0;                            ///< time that each may be kept
  std::vector<publication> publications = {};  ///< the last ones, in their order
};

/// Sessions that are kept without a connection, and their bounds.
struct sessions_report {
  std::size_t sessions = 0;
  std::size_t bytes = 0;
  std::size_t max = 0;  ///< the bounds are 0 if no session is kept
  std::size_t max_bytes = 0;
  double ttl_s = 0;
  std::optional<double> oldest_s = {};  ///< ages, since the end of the connection; none: there is none
  std::optional<double> newest_s = {};
  std::optional<std::uint64_t> shared = {};  ///< sessions of all nodes without a connection, in Redis; none: unknown
};

std::string encode_history(const history_report& what);
std::string encode_sessions(const sessions_report& what);

}  // namespace ability
