/// Pending calls of one direction of a connection.
/// Source: docs/protocols/flyrpc.md "RPC".
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "net/fly/peer/waiter.hpp"

namespace ability::fly {

/// Assigns sequence numbers to calls: from 1 to 255, then 0, each to one pending call at a time. The number of an
/// abandoned call is not reused until its late reply arrives or its quarantine ends. Takes 8 KiB after the first use.
class call_table {
public:
  using clock = std::chrono::steady_clock;
  using time_point = clock::time_point;

  static constexpr std::size_t numbers = 256;
  static constexpr auto never = time_point::max();

  /// Now plus `timeout`, at most a year: a later time could not be represented.
  static time_point deadline_after(std::chrono::milliseconds timeout) noexcept;

  struct call {
    std::uint16_t command = 0;
    time_point deadline = {};
    waiter_ptr who;
  };

  /// The call that a reply belongs to.
  struct match {
    bool found = false;  ///< false: no such call
    waiter_ptr who;      ///< null: the reply came too late
  };

  bool full() const noexcept { return used_ == numbers; }

  /// Number of calls that wait for a reply.
  std::size_t active() const noexcept { return active_; }

  /// REQUIRES `!full()`.
  std::uint8_t start(call what);

  /// A number for a packet that expects no reply: unused by any call, if there is such a number.
  std::uint8_t pass_number() noexcept;

  /// Handles the arrival of a reply; frees its number.
  match finish(std::uint16_t command, std::uint8_t sequence);

  /// Removes the call with this id and returns its waiter, null if there is none; its number rests until `until`.
  waiter_ptr give_up(std::uint64_t id, time_point until);

  /// Removes and returns the waiters whose deadline has passed; their numbers rest until `until`. Frees numbers whose
  /// rest is over.
  std::vector<waiter_ptr> expire(time_point now, time_point until);

  /// Time of the next work for `expire`.
  time_point earliest() const noexcept;

  /// Returns all waiters; frees all numbers.
  std::vector<waiter_ptr> clear();

private:
  struct slot {
    time_point deadline = never;
    waiter_ptr who;  // null: free, or resting
    std::uint16_t command = 0;
    bool used = false;
  };
  using slots = std::array<slot, numbers>;

  waiter_ptr retire(slot& which, time_point until);
  void free(slot& which);

  std::unique_ptr<slots> slots_;
  std::size_t used_ = 0;
  std::size_t active_ = 0;
  std::uint8_t next_ = 1;
};

}  // namespace ability::fly
