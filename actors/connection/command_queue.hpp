/// The commands of one client that are not handled yet.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/client/command.hpp"

namespace ability {

/// Lets one command be handled at a time, in the order in which they came, and limits their rate.
///
/// The number of waiting commands is bounded by the client's session, which stops reading at `--max-pending-commands`.
class command_queue {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Pays for a command at the time `now`: it costs one `rate`-th of a second, and a second's worth may be spent at
  /// once. False: the client is too fast. `rate` is greater than 0.
  bool pay(unsigned rate, time_point now) noexcept;

  /// True while a command waits for an answer; others are added to the queue meanwhile.
  bool is_busy() const noexcept { return busy_; }

  /// Marks the command that is being handled as one that waits for an answer.
  void hold() noexcept { busy_ = true; }

  /// Ends that wait.
  void release() noexcept { busy_ = false; }

  /// True if no command waits, neither for an answer nor in the queue.
  bool is_idle() const noexcept { return !busy_ && waiting_.empty(); }

  void add(client_command&& command) { waiting_.push_back(std::move(command)); }

  /// Takes out the next command; none while another one waits for an answer.
  std::optional<client_command> next();

  /// True if a command with this identifier is in the queue.
  bool holds(std::string_view identifier) const;

  /// Drops the subscribes in the queue.
  void drop_subscribes();

  /// Drops all commands in the queue.
  void clear() noexcept { waiting_.clear(); }

private:
  std::vector<client_command> waiting_;
  time_point paid_until_ = time_point::min();
  bool busy_ = false;
};

}  // namespace ability
