/// The receipt of a publication: the positions that its broadcasts got.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "protocol/history/stream_position.hpp"
#include "protocol/redis/redis_failure.hpp"

namespace ability {

/// The positions of the broadcasts of a publication, in their order; none: that one is in no log.
using publication_positions = std::vector<std::optional<stream_position>>;

/// The outcome of a publication.
struct publication_outcome {
  publication_positions positions = {};
  std::optional<redis_failure> failure = {};  ///< the shared log has not taken all of them, for this reason
};

/// Travels with the broadcasts of one publication whose publisher waits for their positions. Streams tell them; once
/// the last stream has released the receipt, also one that has failed, the publisher is told.
class publication_receipt {
public:
  using positions = publication_positions;

  /// `done` is called once, on any thread.
  publication_receipt(std::size_t broadcasts, std::function<void(publication_outcome)> done)
      : positions_(broadcasts), done_{std::move(done)} {}
  publication_receipt(const publication_receipt&) = delete;
  publication_receipt& operator=(const publication_receipt&) = delete;
  ~publication_receipt() {
    if (awaited_.load(std::memory_order_relaxed) > 0)
      fail(redis_failure::no_answer);
    const auto failed = failed_.load(std::memory_order_relaxed);
    done_({.positions = std::move(positions_),
           .failure = failed == 0 ? std::nullopt : std::optional{static_cast<redis_failure>(failed - 1)}});
  }

  /// Tells the position of the broadcast at `place`, on the thread of its stream, at most once.
  void tell(std::size_t place, std::optional<stream_position> at) noexcept { positions_[place] = at; }

  /// A broadcast is on its way to a shared log; without a later `settle()` it is told as one without an answer.
  void await() noexcept { awaited_.fetch_add(1, std::memory_order_relaxed); }
  void settle() noexcept { awaited_.fetch_sub(1, std::memory_order_relaxed); }

  /// Tells that a broadcast is not in its log, or perhaps is. Any thread. A reason of the second kind counts more.
  void fail(redis_failure why) noexcept {
    const auto failed = static_cast<std::uint8_t>(static_cast<std::uint8_t>(why) + 1);
    std::uint8_t none = 0;
    if (is_not_run(why))
      failed_.compare_exchange_strong(none, failed, std::memory_order_relaxed);
    else
      failed_.store(failed, std::memory_order_relaxed);
  }

private:
  publication_positions positions_;
  std::atomic<std::size_t> awaited_{0};
  std::atomic<std::uint8_t> failed_{0};  // 0, or 1 and the reason
  std::function<void(publication_outcome)> done_;
};

}  // namespace ability
