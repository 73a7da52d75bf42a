/// The order in which a node takes in a shared log of a stream that is followed on it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "actors/broadcast/accepted_broadcast.hpp"
#include "protocol/history/shared_log.hpp"
#include "protocol/history/stream_position.hpp"

namespace ability {

/// Decides what of the log is next for the node's copy of it: publications come by a channel, which may lose some, as
/// answers to those of this node, which may overtake others, and by reading. Sends nothing.
///
/// Begins empty. The first content that is read makes it whole; from then on it hands out each publication once, by
/// offsets without gaps, unless it tells of a gap.
class followed_log {
public:
  static constexpr std::size_t max_early = 1'024;  ///< publications kept that came too early; more are read again

  struct entry {
    std::uint64_t offset = 0;
    std::int64_t time = 0;
    broadcast message = {};   ///< if it was read
    broadcast_ptr live = {};  ///< if it came as news
    bool is_new = false;      ///< followers were not sent it
  };

  /// The copy has to begin anew here.
  struct beginning {
    stream_position at = {};
    std::int64_t complete_from = 0;
    std::vector<log_ancestor> ancestors = {};
  };

  /// Changes for the copy, in this order.
  struct changes {
    std::optional<beginning> begin = {};
    std::vector<entry> entries = {};
    bool has_gap = false;  ///< followers may have missed publications before `entries`
    /// Read publications behind this offset now.
    std::optional<std::uint64_t> read_behind = {};
    bool check_soon = false;  ///< if it is not complete soon, read
  };

  bool is_whole() const noexcept { return is_whole_; }
  stream_position at() const noexcept { return at_; }

  /// Offset up to which followers were sent all, or need not be.
  std::uint64_t sent() const noexcept { return sent_; }

  /// True if publications have come that cannot be handed out, as earlier ones are missing.
  bool lacks_some() const noexcept { return is_whole_ && !early_.empty(); }

  /// Offset behind which it has to be read.
  std::uint64_t read_behind() const noexcept { return is_whole_ || is_loading_ ? at_.offset : 0; }

  /// A publication came.
  changes take_news(stream_position at, std::int64_t time, broadcast_ptr message, bool is_own);

  /// The log was read behind `behind`.
  changes take_content(log_content content, std::uint64_t behind);

  /// The log is to be read again as a whole. What is new is still handed out once.
  void reload();

private:
  struct early {
    stream_position at;
    std::int64_t time;
    broadcast_ptr message;
    bool is_own;
  };

  void begin(const log_content& content, std::uint64_t offset, changes& into);
  void go_on_after(const log_content& content, changes& into);
  std::uint64_t shared_with(const log_content& content) const;
  bool take_entries(log_content& content, changes& into);
  void take_early(changes& into);
  void drop_strangers();
  bool has_lost_news() const;

  stream_position at_;                   // of the last one handed out
  std::vector<log_ancestor> ancestors_;  // of its epoch
  bool is_whole_ = false;                // all since is known, and news can be handed out
  bool is_loading_ = false;              // the first part was read
  std::uint64_t sent_ = 0;               // offset up to which followers were sent all, in the epoch of `at_`
  bool has_begun_ = false;               // `sent_` counts; else nobody was sent anything
  std::map<std::uint64_t, early> early_;
};

}  // namespace ability
