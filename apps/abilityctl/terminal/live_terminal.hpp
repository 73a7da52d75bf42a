// The terminal as a picture that changes, and what disturbs it.
#pragma once

#include <termios.h>

#include <csignal>
#include <cstddef>
#include <string>
#include <vector>

namespace ability {

/// Signals that are read instead of being obeyed. To be made before any thread is.
class signal_inbox {
public:
  explicit signal_inbox(const std::vector<int>& which);
  signal_inbox(const signal_inbox&) = delete;
  signal_inbox& operator=(const signal_inbox&) = delete;
  ~signal_inbox();

  /// A file descriptor that can be read from while there are some.
  int descriptor() const noexcept { return descriptor_; }

  /// The next one, or 0.
  int take() noexcept;

private:
  sigset_t before_{};
  int descriptor_;
};

/// The other screen of the terminal that is standard output, from `enter` to `leave` or destruction: the one before
/// comes back as it was. Keys are not echoed.
class live_terminal {
public:
  live_terminal() = default;
  live_terminal(const live_terminal&) = delete;
  live_terminal& operator=(const live_terminal&) = delete;
  ~live_terminal() { leave(); }

  void enter();
  void leave();
  bool entered() const noexcept { return entered_; }

  /// Replaces the picture.
  void draw(const std::vector<std::string>& lines) const;

  /// Its lines now.
  static std::size_t rows();

private:
  bool entered_ = false;
  bool has_keys_ = false;
  termios keys_before_{};
};

}  // namespace ability
