/// The answer of the API about the log of a stream, as JSON.
/// Source: docs/reliable-streams.md "The log by HTTP".
#pragma once

#include <cstdint>
#include <string>

#include "protocol/history/stream_position.hpp"
#include "protocol/json/json_writer.hpp"
#include "protocol/publication/publication.hpp"

namespace ability {

/// Writes `{"epoch":…,"first":…,"last":…,"messages":[{"offset":…,"time":…,"data":…},…]}`.
class history_listing {
public:
  /// `last` is the position of the last publication; those from the offset `first` on are kept.
  history_listing(const stream_position& last, std::uint64_t first);
  history_listing(const history_listing&) = delete;
  history_listing& operator=(const history_listing&) = delete;

  /// Adds a publication of the Unix time `time` in milliseconds. Its data is inserted byte for byte if it is JSON, else
  /// as a string; its type follows if it has one. The sid that it excludes is left out, as sids are secrets.
  void add(std::uint64_t offset, std::int64_t time, const broadcast& message);

  std::string finish() &&;

private:
  std::string json_;
  json_writer out_{json_};
};

}  // namespace ability
