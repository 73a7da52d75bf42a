#include "apps/load/run/worker_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <exception>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "apps/load/run/generator_part.hpp"

namespace ability::load {

namespace {

// Writes a line. False if the reader is gone.
bool write_line(int to, std::string line) {
  line += '\n';
  for (std::string_view rest = line; !rest.empty();) {
    const auto written = ::send(to, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return false;
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// Appends the available bytes without waiting. False if the writer is gone.
bool read_some(int from, std::string& into) {
  std::array<char, 65'536> chunk;
  while (true) {
    const auto size = ::recv(from, chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (size > 0)
      into.append(chunk.data(), static_cast<std::size_t>(size));
    else if (size == 0 || (errno != EINTR && errno != EAGAIN))
      return false;
    else if (errno == EAGAIN)
      return true;
  }
}

std::optional<std::string> take_line(std::string& from) {
  const auto end = from.find('\n');
  if (end == std::string::npos)
    return std::nullopt;
  auto line = from.substr(0, end);
  from.erase(0, end + 1);
  return line;
}

// Sends the reason as a note. Equal notes of several processes are merged.
void tell_why(int to, const std::string& why) noexcept {
  try {
    part_news last{part_news::kind::counted, 0, {}};
    last.report.processes = 0;
    last.report.notes = {"A process of the generator failed: " + why + '.'};
    write_line(to, to_wire(last));
  } catch (...) {  // NOLINT(bugprone-empty-catch): the director notices the process's end
  }
}

}  // namespace

worker_process::worker_process(const work& what) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw std::system_error{errno, std::generic_category(), "no line to a process of the generator"};
  const auto parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) {
    const auto fault = errno;
    ::close(ends[0]);
    ::close(ends[1]);
    throw std::system_error{fault, std::generic_category(), "no process for the generator"};
  }
  if (pid_ == 0) {
    // The director decides when to stop; it handles the signals of the terminal.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::signal(SIGINT, SIG_IGN);
    ::signal(SIGTERM, SIG_IGN);
    ::close(ends[0]);
    // Exceptions must not reach the code of the parent process.
    try {
      if (::getppid() == parent)
        what(ends[1]);
    } catch (const std::exception& fault) {
      tell_why(ends[1], fault.what());
      ::_exit(1);
    } catch (...) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  line_ = ends[0];
}

worker_process::~worker_process() {
  hang_up();
  static constexpr int looks = 300;
  for (int i = 0; i < looks; ++i) {
    if (::waitpid(pid_, nullptr, WNOHANG) != 0)
      return;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void worker_process::hang_up() {
  if (line_ >= 0)
    ::close(std::exchange(line_, -1));
}

// A write to a dead process fails silently; `take_news` reports its end.
void worker_process::order(const part_order& what) {
  if (line_ >= 0)
    write_line(line_, to_wire(what));
}

std::optional<std::vector<part_news>> worker_process::take_news() {
  std::vector<part_news> all;
  if (line_ < 0)
    return all;
  is_there_ = is_there_ && read_some(line_, unread_);
  while (auto line = take_line(unread_)) {
    if (auto news = news_from_wire(*line))
      all.push_back(std::move(*news));
    else
      is_there_ = false;
  }
  if (is_there_ || !all.empty())
    return all;
  hang_up();
  return std::nullopt;
}

void run_part(int line, const run_plan& plan, stream_table& streams, part_share share, std::size_t lanes,
              const std::shared_ptr<const reachable_target>& where) {
  generator_part part{plan, streams, share, lanes, where};
  std::string unread;
  while (true) {
    std::array<pollfd, 2> both{pollfd{line, POLLIN, 0}, pollfd{part.news_descriptor(), POLLIN, 0}};
    if (::poll(both.data(), both.size(), -1) < 0 && errno != EINTR)
      ::_exit(1);
    if (both[0].revents != 0) {
      const bool is_there = read_some(line, unread);
      while (const auto text = take_line(unread))
        if (const auto order = order_from_wire(*text))
          part.order(*order);
      if (!is_there)
        ::_exit(1);  // the director has died; clients are abandoned
    }
    for (const auto& news : part.take_news()) {
      if (!write_line(line, to_wire(news)))
        ::_exit(1);
      if (news.what == part_news::kind::ended)
        return;
    }
  }
}

}  // namespace ability::load
