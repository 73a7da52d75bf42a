/// The log of a stream: its last publications, numbered.
/// Source: docs/reliable-streams.md "The log".
#pragma once

#include <boost/container/deque.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "config/settings/history_settings.hpp"
#include "protocol/history/stream_position.hpp"
#include "protocol/publication/publication.hpp"

namespace ability {

/// A ring of publications with offsets without gaps. Times are Unix times in milliseconds, which never go back in one
/// log; those of the caller may.
class stream_log {
public:
  /// State of a log, without its publications.
  struct summary {
    stream_position at = {};         ///< of the last publication
    std::int64_t complete_from = 0;  ///< all publications since this time are in the log
  };

  /// Begins behind `from.at`, at which it is empty.
  explicit stream_log(const summary& from) : at_{from.at}, complete_from_{from.complete_from} {}

  // -- changes

  /// Adds a publication, and drops the oldest ones beyond `most` or `max_bytes`. Returns its offset.
  std::uint64_t append(const broadcast& message, std::int64_t now, const history_bounds& most, std::size_t max_bytes);

  /// Drops the publications that are older than the age of `most`.
  void trim(std::int64_t now, const history_bounds& most);

  /// Drops all publications. The position stays.
  void clear();

  // -- facts

  stream_position at() const noexcept { return at_; }
  summary now_at() const noexcept { return {at_, complete_from_}; }
  std::size_t size() const noexcept { return kept_.size(); }
  std::size_t bytes() const noexcept { return kept_bytes_; }

  /// Offset of the oldest publication that is kept; `at().offset + 1` if none is.
  std::uint64_t first() const noexcept { return at_.offset - kept_.size() + 1; }

  /// Time of the oldest publication. REQUIRES `size() > 0`.
  std::int64_t oldest_time() const noexcept { return kept_.front().time; }

  // -- look-up

  /// True if all publications behind `offset` are kept.
  bool reaches_back_to(std::uint64_t offset) const noexcept { return offset <= at_.offset && offset + 1 >= first(); }

  /// True if all publications since `time` are kept.
  bool is_complete_since(std::int64_t time) const noexcept { return time >= complete_from_; }

  /// The offset behind which all publications are since `time`.
  std::uint64_t offset_before(std::int64_t time) const noexcept;

  /// Time of the publication. REQUIRES that it is kept.
  std::int64_t time_of(std::uint64_t offset) const noexcept { return kept_[index_of(offset)].time; }

  /// Bytes of the data of the publication. REQUIRES that it is kept.
  std::size_t data_size(std::uint64_t offset) const noexcept { return kept_[index_of(offset)].data_size; }

  /// Bytes of the data of all publications behind `offset`. REQUIRES `reaches_back_to(offset)`.
  std::size_t data_behind(std::uint64_t offset) const noexcept {
    std::size_t bytes = 0;
    for (auto next = offset + 1; next <= at_.offset; ++next)
      bytes += data_size(next);
    return bytes;
  }

  /// Copies the publication into `into`, whose stream stays as it is. REQUIRES that it is kept.
  void read(std::uint64_t offset, broadcast& into) const;

private:
  // The three texts in one block: most often two of them are empty, and a log is many publications.
  struct entry {
    std::unique_ptr<char[]> texts;  // data, excluded sid, type
    std::int64_t time;
    std::uint32_t size;  // of all texts
    std::uint32_t data_size;
    std::uint32_t sid_size : 31;
    std::uint32_t data_is_json : 1;

    std::size_t bytes() const noexcept { return sizeof(entry) + size; }
  };

  std::size_t index_of(std::uint64_t offset) const noexcept { return static_cast<std::size_t>(offset - first()); }
  void drop_oldest();

  stream_position at_;
  std::int64_t complete_from_;
  std::int64_t last_time_ = 0;
  boost::container::deque<entry> kept_;  // that of the standard library takes 576 bytes while it is empty
  std::size_t kept_bytes_ = 0;
};

}  // namespace ability
