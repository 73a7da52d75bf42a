// The application that abilityd asks in the bench: every HTTP call is answered after the same time. One thread, one
// epoll, one timer. After SIGUSR1 it still accepts calls, but answers none.
//   bare_app PORT DELAY_IN_MICROSECONDS

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/bench/posix.hpp"

namespace ability::load {

namespace {

volatile std::sig_atomic_t hangs = 0;

/// The answer to all calls about this session. The client is told its sid, by which it may come back.
std::string answer_to(std::string_view sid) {
  auto body = R"({"status":1,"identifiers":"{\"bench\":1}","transmissions":["{\"type\":\"welcome\",\"sid\":\")" +
              std::string{sid} + R"(\"}"]})";
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

std::string_view sid_of(std::string_view request) {
  static constexpr std::string_view name = "x-anycable-meta-sid: ";
  const auto at = request.find(name);
  if (at == std::string_view::npos)
    return {};
  const auto value = request.substr(at + name.size());
  return value.substr(0, value.find('\r'));
}

}  // namespace

/// Connections by descriptor, and answers in the order in which they are due.
class bare_app {
public:
  bare_app(std::uint16_t port, std::int64_t delay_ns)
      : delay_ns_{delay_ns},
        acceptor_{listen_on(port)},
        epoll_{::epoll_create1(EPOLL_CLOEXEC)},
        timer_{::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)} {
    watch_input(epoll_, acceptor_);
    watch_input(epoll_, timer_);
  }

  void run() {
    std::vector<epoll_event> events(256);
    for (;;) {
      throw_if_interrupted();
      const int n = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < n; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == acceptor_.get())
          accept();
        else if (fd == timer_.get())
          answer_due();
        else
          read(fd);
      }
    }
  }

private:
  struct due_answer {
    std::int64_t at;
    int fd;
    std::string text;
  };

  void accept() {
    for (;;) {
      descriptor caller{::accept4(acceptor_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
      if (!caller)
        return;
      const int fd = caller.get();
      watch_input(epoll_, caller);
      callers_.emplace(fd, std::pair{std::move(caller), std::string{}});
    }
  }

  void read(int fd) {
    auto& [socket, request] = callers_.at(fd);
    char bytes[8192];
    const auto n = ::recv(fd, bytes, sizeof bytes, 0);
    if (n <= 0) {
      std::erase_if(due_, [fd](const auto& each) { return each.fd == fd; });
      callers_.erase(fd);
      return;
    }
    request.append(bytes, static_cast<std::size_t>(n));
    if (!is_whole(request))
      return;
    auto answer = answer_to(sid_of(request));
    request.clear();
    if (hangs != 0)
      return;
    due_.push_back({now_ns() + delay_ns_, fd, std::move(answer)});
    if (due_.size() == 1)
      arm();
  }

  static bool is_whole(const std::string& request) {
    const auto head = request.find("\r\n\r\n");
    const auto length = request.find("Content-Length: ");
    return head != std::string::npos && length != std::string::npos &&
           request.size() >= head + 4 + std::strtoul(request.c_str() + length + 16, nullptr, 10);
  }

  void arm() {
    const auto at = due_.empty() ? 0 : due_.front().at;
    itimerspec when{};
    when.it_value = {at / 1'000'000'000, at % 1'000'000'000};
    ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
  }

  void answer_due() {
    std::uint64_t expirations = 0;
    [[maybe_unused]] const auto n = ::read(timer_.get(), &expirations, sizeof expirations);
    for (; !due_.empty() && due_.front().at <= now_ns(); due_.pop_front())
      send_all(due_.front().fd, due_.front().text);
    arm();
  }

  std::int64_t delay_ns_;
  descriptor acceptor_;
  descriptor epoll_;
  descriptor timer_;
  std::unordered_map<int, std::pair<descriptor, std::string>> callers_;
  std::deque<due_answer> due_;
};

}  // namespace ability::load

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "Usage: bare_app PORT DELAY_IN_MICROSECONDS\n";
    return 2;
  }
  try {
    ability::load::catch_signals();
    std::signal(SIGUSR1, [](int) { ability::load::hangs = 1; });
    ability::load::bare_app{static_cast<std::uint16_t>(std::atoi(argv[1])), std::atoll(argv[2]) * 1'000}.run();
  } catch (const ability::load::interrupted&) {
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "bare_app: " << e.what() << '\n';
    return 1;
  }
}
