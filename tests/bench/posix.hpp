// The few system calls that every part of the bench needs, owned and checked.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace ability::load {

/// Throws `std::system_error` with `errno` and `what`.
[[noreturn]] void fail_errno(const std::string& what);

/// Owns a file descriptor.
class descriptor {
public:
  descriptor() = default;
  explicit descriptor(int fd) : fd_{fd} {}
  descriptor(descriptor&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset();

private:
  int fd_ = -1;
};

/// Thrown by any wait after SIGINT or SIGTERM, so that unwinding stops every child.
struct interrupted : std::exception {
  const char* what() const noexcept override { return "interrupted"; }
};

/// Makes SIGINT and SIGTERM only set the flag that `throw_if_interrupted` checks; ignores SIGPIPE.
void catch_signals();
void throw_if_interrupted();

/// Sleeps; a signal ends the sleep and throws `interrupted`.
void sleep_ms(std::int64_t milliseconds);

/// Monotonic clock, in nanoseconds.
std::int64_t now_ns();
/// CPU time that this process has used, in nanoseconds.
std::int64_t own_cpu_ns();

/// A TCP port of 127.0.0.1 that was free a moment ago.
std::uint16_t free_port();
/// A listening, non-blocking socket on 127.0.0.1.
descriptor listen_on(std::uint16_t port);
/// A blocking connection to 127.0.0.1 with a receive timeout of 5 s. Empty if no process listens.
descriptor try_connect(std::uint16_t port);
/// Like `try_connect`, but throws if no process listens.
descriptor connect_to(std::uint16_t port);
/// Has `epoll` report when `fd` is readable.
void watch_input(const descriptor& epoll, const descriptor& fd);
/// Writes all of `bytes`; waits while the socket does not accept them.
void send_all(int fd, std::string_view bytes);

}  // namespace ability::load
