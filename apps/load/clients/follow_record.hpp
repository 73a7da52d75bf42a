/// What one client got of one stream, so that loss, repetition and disorder can be told exactly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "apps/load/run/stream_table.hpp"

namespace ability::load {

/// How a message came.
enum class coming : std::uint8_t {
  fresh,      ///< the first time
  belated,    ///< the first time, after a later one of the same publisher
  duplicate,  ///< again
};

/// Messages of a stream have consecutive numbers. All that are handed in after the client has read that it follows the
/// stream must come; those just before may. A few ns for a message in its turn, and 24 bytes as long as all is well.
class follow_record {
public:
  /// The client follows the stream from now on; `next` is the number of its next message. What it did not get while it
  /// was away without having asked counts as missed.
  void follow(std::uint64_t next, const stream_refusals& refused);

  /// The connection was lost.
  void lose();

  /// The client goes of its own accord. What was overtaken less than `grace_ns` ago may be on its way still, and is
  /// forgiven, as is what has not been overtaken from `due` on, the number of the first that need not be there yet.
  void leave(std::uint64_t next, std::uint64_t due, std::int64_t now_ns, std::int64_t grace_ns,
             const stream_refusals& refused);

  /// A message came.
  coming came(std::uint64_t number, std::uint32_t publisher, std::int64_t now_ns, const stream_refusals& refused);

  /// How many separate gaps are told apart; for tests.
  std::size_t gaps() const noexcept { return odd_ ? odd_->gaps.size() : 0; }

  bool following() const noexcept { return state_ == state::following; }

  /// How many must still come, when no more than `next` messages were handed in.
  std::uint64_t outstanding(std::uint64_t next, const stream_refusals& refused) const;

  struct shortfall {
    std::uint64_t lost = 0;
    std::uint64_t missed = 0;
  };
  /// What did not come, now that nothing comes any more.
  shortfall finish(std::uint64_t next, const stream_refusals& refused) const;

  /// Beyond so many separate gaps the oldest half of them is taken to be lost for good.
  static constexpr std::size_t max_gaps = 256;

private:
  enum class state : std::uint8_t { idle, following, away, left };
  enum class fault : std::uint8_t { none, lost, missed };

  // Numbers that did not come, below one that did or that need not come.
  struct gap {
    std::uint64_t first;
    std::uint64_t end;
    std::int64_t since_ns;
    fault charge;  // if they never come
  };
  struct last_of {
    std::uint32_t publisher;
    std::uint64_t number;
  };
  // Only there when something was out of the ordinary.
  struct oddities {
    std::vector<gap> gaps;      // by number
    std::vector<last_of> last;  // by publisher; since the first of the open gaps
    std::size_t open = 0;       // gaps with `fault::lost`
    std::uint64_t watch_order_until = 0;
    shortfall settled;
  };

  fault charge_now() const noexcept;
  oddities& odd();
  void add_gap(std::uint64_t first, std::uint64_t end, std::int64_t now_ns, fault charge,
               const stream_refusals& refused);
  void settle_oldest(const stream_refusals& refused);
  bool note(std::uint32_t publisher, std::uint64_t number);
  coming fill(std::uint64_t number, std::uint32_t publisher, const stream_refusals& refused);

  std::uint64_t expected_ = 0;  // all below came or are in a gap
  std::unique_ptr<oddities> odd_;
  state state_ = state::idle;
};

}  // namespace ability::load
