/// A client's progress in the streams of one subscription.
/// Source: docs/protocols/flyrpc.md "Positions".
#pragma once

#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include "protocol/fly/positions.hpp"
#include "protocol/history/stream_position.hpp"

namespace ability::fly {

/// Tells messages that come in order from those that are lost or come again, and when to ask for lost ones. Positions
/// are kept from one connection to the next. Times are those of a clock that does not go back.
class stream_follower {
public:
  using time = std::chrono::nanoseconds;

  /// Pause before an unanswered Subscribe is sent again, and behind the last message before the client asks whether
  /// another one was lost.
  static constexpr std::chrono::seconds patience{1};
  static constexpr int most_times = 30;  ///< a Subscribe is sent without an answer

  enum class arrival : std::uint8_t {
    in_order,  ///< the next message of its stream
    repeated,  ///< it came before
    early,     ///< messages before it are missing; if they may be lost it comes again behind them
  };

  enum class step : std::uint8_t { nothing, ask, give_up };

  stream_follower() = default;

  /// Begins behind positions that somebody else knows. If the server cannot go on there, it says where to begin.
  explicit stream_follower(std::vector<stream_position> at) : known_{std::move(at)}, is_given_{true} {}

  /// On a new connection. `may_lose`: messages may be lost on their way, and so may a Confirm.
  void connected(bool may_lose) noexcept;

  /// A Subscribe is sent, with `known` as its `since`.
  void asked(time now) noexcept;

  /// True while a Subscribe is not answered.
  bool is_asking() const noexcept { return times_asked_ > 0; }

  /// Notes the message at `at`. `early` calls for a Subscribe, unless one is not answered yet.
  arrival note(const stream_position& at, time now);

  /// Notes a Confirm. One that says that not all can be sent moves on to where the server goes on.
  void note(const beginning& where, time now);

  /// Notes that the Subscribe is rejected, or given up.
  void refused() noexcept {
    times_asked_ = 0;
    check_at_ = time::max();
  }

  /// Looks whether to send a Subscribe, or to give up. Call at `next_check`.
  step check(time now) noexcept;
  time next_check() const noexcept { return may_lose_ ? check_at_ : time::max(); }

  /// One position of each stream with a log that is known.
  const std::vector<stream_position>& known() const noexcept { return known_; }

private:
  stream_position* find(std::uint64_t epoch) noexcept;

  std::vector<stream_position> known_;
  time check_at_ = time::max();
  int times_asked_ = 0;  // since the last answer
  bool may_lose_ = false;
  bool is_confirmed_ = false;
  bool is_given_ = false;  // `known_` is not this client's own, and no server has confirmed it
};

}  // namespace ability::fly
