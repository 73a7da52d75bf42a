/// The keys of shared sessions in Redis.
#pragma once

#include <string>
#include <string_view>

namespace ability {

/// All keys and channels have the same hash tag, so that one server of a Redis Cluster has them.
struct session_keys {
  /// `prefix` keeps several daemons of one Redis server apart. REQUIRES that it holds no brace.
  explicit session_keys(std::string_view prefix);

  /// The channel on which a node is asked for sessions of its open connections.
  std::string channel_of(std::string_view node) const { return channels + std::string{node}; }

  std::string records;   ///< hash: sid → record
  std::string due;       ///< sorted set: sids without a connection, by the time of their end
  std::string owed;      ///< sorted set, all of score 0: `NODE:SID` of sessions that are at a node
  std::string of;        ///< the same: `IDENTITY:SID`, by the digest of the identity
  std::string nodes;     ///< sorted set: nodes by the end of their leases
  std::string moved;     ///< sorted set: sids that were taken from a node without its help, by that time
  std::string channels;  ///< beginning of all channels
};

}  // namespace ability
