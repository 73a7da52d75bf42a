/// A client's request for the messages that it missed.
/// Source: docs/reliable-streams.md "On the wire".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/history/stream_position.hpp"

namespace ability {

/// The positions that a client has, and the time of its last message for streams without a position.
struct history_request {
  struct known_stream {
    std::string stream;
    std::optional<stream_position> at;  ///< none: the client's value is no position, so it cannot be answered
  };

  /// The position that the request has for `stream`; null: none.
  const known_stream* find(std::string_view stream) const noexcept;

  /// The position in `unnamed` that is of this epoch; null: none.
  const stream_position* find_unnamed(std::uint64_t epoch) const noexcept;

  /// True if it can be answered: some position or time was given, in a form that is understood.
  bool is_valid = false;
  std::optional<std::int64_t> since = {};  ///< Unix time in seconds
  std::vector<known_stream> streams = {};  ///< the last of equal names counts

  /// Positions of streams that the client knows by the epochs of their logs, not by name; each of another epoch. Not
  /// empty: each stream with a log has to be among these or `streams`, and each of these has to be of a stream.
  std::vector<stream_position> unnamed = {};

  /// Messages may be lost on their way to the client: it may ask for those that it was sent before. Streams without a
  /// position begin where the client began to follow them.
  bool may_repeat = false;
};

/// Reads `{"since":SECONDS,"streams":{"NAME":{"epoch":"16 hex digits","offset":NUMBER}}}`, where both keys are
/// optional. Whole numbers may be given as text, or as the `{"low":…,"high":…,"unsigned":…}` of the JavaScript library
/// long, which
/// @anycable/core sends. Never fails: a request that is not understood is not valid, and a value that is not a position
/// stands for a stream that cannot be answered.
history_request read_history_request(std::string_view json);

}  // namespace ability
