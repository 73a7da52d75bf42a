// Full-screen output on a terminal, and the signals that interrupt it.
#pragma once

#include <termios.h>

#include <csignal>
#include <cstddef>
#include <string>
#include <vector>

namespace ability {

/// Signals that are read from a descriptor instead of handled. Create before any thread.
class signal_inbox {
public:
  explicit signal_inbox(const std::vector<int>& which);
  signal_inbox(const signal_inbox&) = delete;
  signal_inbox& operator=(const signal_inbox&) = delete;
  ~signal_inbox();

  /// A file descriptor that is readable while signals are pending.
  int descriptor() const noexcept { return descriptor_; }

  /// Removes the next signal; 0 if there is none.
  int take() noexcept;

private:
  sigset_t before_{};
  int descriptor_;
};

/// The alternate screen of the terminal at standard output, from `enter` to `leave` or destruction, which restores
/// the previous screen. Keys are not echoed.
class live_terminal {
public:
  live_terminal() = default;
  live_terminal(const live_terminal&) = delete;
  live_terminal& operator=(const live_terminal&) = delete;
  ~live_terminal() { leave(); }

  void enter();
  void leave();
  bool entered() const noexcept { return entered_; }

  /// Replaces the screen's content.
  void draw(const std::vector<std::string>& lines) const;

  /// The terminal's current number of lines.
  static std::size_t rows();

private:
  bool entered_ = false;
  bool has_keys_ = false;
  termios keys_before_{};
};

}  // namespace ability
