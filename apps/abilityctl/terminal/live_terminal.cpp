#include "apps/abilityctl/terminal/live_terminal.hpp"

#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>

namespace ability {
namespace {

void write_all(std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno != EINTR)
      return;
    if (written > 0)
      text.remove_prefix(static_cast<std::size_t>(written));
  }
}

// Switch to the alternate screen, without cursor and wrapping; and back.
constexpr std::string_view to_other_screen = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
constexpr std::string_view to_own_screen = "\x1b[?7h\x1b[?25h\x1b[?1049l";

}  // namespace

signal_inbox::signal_inbox(const std::vector<int>& which) {
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int each : which)
    sigaddset(&wanted, each);
  ::pthread_sigmask(SIG_BLOCK, &wanted, &before_);
  descriptor_ = ::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
  if (descriptor_ < 0)
    throw std::system_error{errno, std::generic_category(), "signalfd"};
}

signal_inbox::~signal_inbox() {
  ::close(descriptor_);
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

int signal_inbox::take() noexcept {
  signalfd_siginfo taken{};
  return ::read(descriptor_, &taken, sizeof taken) == sizeof taken ? static_cast<int>(taken.ssi_signo) : 0;
}

void live_terminal::enter() {
  if (entered_)
    return;
  entered_ = true;
  has_keys_ = ::tcgetattr(STDIN_FILENO, &keys_before_) == 0;
  if (has_keys_) {
    auto keys = keys_before_;
    keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &keys);
  }
  write_all(to_other_screen);
}

void live_terminal::leave() {
  if (!entered_)
    return;
  entered_ = false;
  write_all(to_own_screen);
  if (has_keys_)
    ::tcsetattr(STDIN_FILENO, TCSANOW, &keys_before_);
}

void live_terminal::draw(const std::vector<std::string>& lines) const {
  if (!entered_)
    return;
  // Overwrite line by line and clear the rest. The outer sequences make terminals show the update at once.
  std::string out = "\x1b[?2026h\x1b[H";
  for (const auto& line : lines)
    out += (&line == lines.data() ? "" : "\r\n") + line + "\x1b[K";
  write_all(out + "\x1b[J\x1b[?2026l");
}

std::size_t live_terminal::rows() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : 24;
}

}  // namespace ability
