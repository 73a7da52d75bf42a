/// The positions of streams whose actor has ended.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "actors/stream/history/stream_log.hpp"

namespace ability {

/// A client that has all messages of an idle stream can be told so as long as the position of its log is known. Bounded
/// in number and in time: the position that was kept first goes first. Used by one directory.
///
/// A position takes about 180 bytes. Clients may choose names: a long one counts as several positions, so that the
/// number bounds the memory, too.
class kept_positions {
public:
  /// Bytes of a name for which a position counts once; each further ones count once more.
  static constexpr std::size_t usual_name = 256;

  /// Times are Unix times in milliseconds. Logs of unknown streams are complete since `now`.
  kept_positions(std::size_t most, std::chrono::milliseconds ttl, std::int64_t now)
      : most_{most}, ttl_{ttl}, complete_from_{now} {}

  /// Keeps the position of an empty log. Returns how many were forgotten because there are too many.
  std::size_t put(const std::shared_ptr<const std::string>& stream, const stream_log::summary& log, std::int64_t now);

  /// Takes a position out; none: it is not known.
  std::optional<stream_log::summary> take(std::string_view stream, std::int64_t now);

  /// The log of a position, which stays here; none: it is not known.
  std::optional<stream_log::summary> find(std::string_view stream, std::int64_t now) const;

  /// Forgets a position, as a publication follows that gets no number.
  void forget(std::string_view stream);

  /// Notes that a log was lost with its position.
  void lose(std::int64_t now) noexcept { complete_from_ = now + 1; }

  /// Time since which a log that begins now is complete, as nothing was published to its stream.
  std::int64_t complete_from() const noexcept { return complete_from_; }

  std::size_t size() const noexcept { return kept_.size(); }

private:
  struct entry {
    std::string stream;
    stream_log::summary log;
    std::int64_t since;
  };
  using by_age = std::list<entry>;

  // The names stand in `kept_` alone. `noexcept` tells the library not to store the hash, 16 bytes for each name.
  static const std::string& name_of(by_age::iterator which) noexcept { return which->stream; }
  static std::string_view name_of(std::string_view name) noexcept { return name; }
  struct hash_of_name {
    using is_transparent = void;
    std::size_t operator()(const auto& which) const noexcept { return std::hash<std::string_view>{}(name_of(which)); }
  };
  struct same_name {
    using is_transparent = void;
    bool operator()(const auto& a, const auto& b) const noexcept { return name_of(a) == name_of(b); }
  };

  static std::size_t weight_of(const std::string& stream) noexcept { return 1 + stream.size() / usual_name; }

  void drop_old(std::int64_t now);
  void drop(by_age::iterator which);
  stream_log::summary remove(by_age::iterator which);

  std::size_t most_;
  std::chrono::milliseconds ttl_;
  std::int64_t complete_from_;
  by_age kept_;
  std::size_t weight_ = 0;  // of all of them
  std::unordered_set<by_age::iterator, hash_of_name, same_name> by_name_;
};

}  // namespace ability
