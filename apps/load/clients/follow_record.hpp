/// Messages of one stream at one client: detects loss, repetition and disorder exactly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "apps/load/clients/stream_table.hpp"

namespace ability::load {

/// Classification of an arriving message.
enum class coming : std::uint8_t {
  fresh,      ///< its first arrival
  belated,    ///< its first arrival, after a later message of the same publisher
  duplicate,  ///< a repeated arrival
};

/// Messages of a stream have consecutive numbers. All that are published after the client has read its confirmation
/// must arrive; those just before may. Costs a few ns per message in order, and 24 bytes while nothing is lost.
class follow_record {
public:
  /// The client follows the stream from now on; its next message is number `next`. Messages during an unwanted
  /// disconnection count as missed.
  void follow(std::uint64_t next, const stream_refusals& refused);

  /// The connection was lost.
  void lose();

  /// The client leaves on purpose. Messages overtaken less than `grace_ns` ago may be in flight: they are not lost. The
  /// same holds for messages from `due` on, the first number that need not have arrived, if they were not overtaken.
  void leave(std::uint64_t next, std::uint64_t due, std::int64_t now_ns, std::int64_t grace_ns,
             const stream_refusals& refused);

  /// Classifies an arriving message.
  coming came(std::uint64_t number, std::uint32_t publisher, std::int64_t now_ns, const stream_refusals& refused);

  /// Number of separate gaps; for tests.
  std::size_t gaps() const noexcept { return odd_ ? odd_->gaps.size() : 0; }

  bool following() const noexcept { return state_ == state::following; }

  /// Number of messages that must still arrive, if those below `next` were published.
  std::uint64_t outstanding(std::uint64_t next, const stream_refusals& refused) const;

  struct shortfall {
    std::uint64_t lost = 0;
    std::uint64_t missed = 0;
  };
  /// Messages that did not arrive, once no more can arrive.
  shortfall finish(std::uint64_t next, const stream_refusals& refused) const;

  /// Limit of separate gaps; beyond it the oldest half counts as lost.
  static constexpr std::size_t max_gaps = 256;

private:
  enum class state : std::uint8_t { idle, following, away, left };
  enum class fault : std::uint8_t { none, lost, missed };

  // Numbers that did not arrive, below one that did or that need not arrive.
  struct gap {
    std::uint64_t first;
    std::uint64_t end;
    std::int64_t since_ns;
    fault charge;  // if they never arrive
  };
  struct last_of {
    std::uint32_t publisher;
    std::uint64_t number;
  };
  // Exists only after an irregular arrival.
  struct oddities {
    std::vector<gap> gaps;      // by number
    std::vector<last_of> last;  // by publisher; since the first open gap
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

  std::uint64_t expected_ = 0;  // all lower numbers arrived or are in a gap
  std::unique_ptr<oddities> odd_;
  state state_ = state::idle;
};

}  // namespace ability::load
