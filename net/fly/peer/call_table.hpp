/// The calls of one direction of a connection that wait for their replies.
/// Source: docs/protocols/flyrpc.md "RPC".
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "protocol/fly/serialize.hpp"

namespace ability::fly {

/// What waits for the end of a call.
class waiter {
public:
  waiter() = default;
  waiter(const waiter&) = delete;
  waiter& operator=(const waiter&) = delete;
  virtual ~waiter() = default;

  /// The call ended. Called once, on the event loop's thread, but not from within the function that began the call. The
  /// buffer is valid during the call.
  virtual void done(outcome<payload> reply) = 0;

  /// In place of `done`, from within the function that began the call: there is no event loop any more.
  virtual void refuse(remote_error why) = 0;

  std::uint64_t id = 0;  ///< by which the call can be cancelled; 0: it cannot
};

using waiter_ptr = std::unique_ptr<waiter>;

/// Gives calls their sequence numbers: from 1, through 0, none twice among those in flight. The number of a call that
/// was given up rests until its late reply, or for a while. Takes 8 KiB once it was used.
class call_table {
public:
  using clock = std::chrono::steady_clock;
  using time_point = clock::time_point;

  static constexpr std::size_t numbers = 256;
  static constexpr auto never = time_point::max();

  struct call {
    std::uint16_t command = 0;
    time_point deadline = {};
    waiter_ptr who;
  };

  /// What a reply belongs to.
  struct match {
    bool found = false;  ///< false: to nothing
    waiter_ptr who;      ///< null: it comes too late
  };

  bool full() const noexcept { return used_ == numbers; }

  /// How many wait for a reply.
  std::size_t active() const noexcept { return active_; }

  /// REQUIRES `!full()`.
  std::uint8_t start(call what);

  /// For a packet that nobody waits for: one that no call has, if there is any.
  std::uint8_t pass_number() noexcept;

  /// A reply came; frees its number.
  match finish(std::uint16_t command, std::uint8_t sequence);

  /// The call of that id, if it is here; its number rests until then.
  waiter_ptr give_up(std::uint64_t id, time_point until);

  /// The calls whose time has come; their numbers rest until then. Frees those that have rested.
  std::vector<waiter_ptr> expire(time_point now, time_point until);

  /// When `expire` has something to do.
  time_point earliest() const noexcept;

  /// All that wait; frees everything.
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
