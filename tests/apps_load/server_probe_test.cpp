#define CAF_SUITE server_probe

#include "apps/load/report/server_probe.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <caf/test/unit_test.hpp>
#include <ctime>
#include <vector>

using ability::load::pid_probe;

namespace {

/// A process whose name is hard to parse; it ends on request.
class child_process {
public:
  child_process() {
    CAF_REQUIRE_EQUAL(::pipe(pipe_), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(pipe_[1]);
      ::prctl(PR_SET_NAME, "a) R 1 (b");
      char none = 0;
      [[maybe_unused]] const auto end = ::read(pipe_[0], &none, 1);
      ::_exit(0);
    }
    ::close(pipe_[0]);
  }
  ~child_process() {
    ::close(pipe_[1]);
    ::waitpid(pid_, nullptr, 0);
  }

  pid_t pid() const { return pid_; }

  /// Ends the process without reaping it.
  void become_zombie() {
    ::close(std::exchange(pipe_[1], -1));
    siginfo_t how{};
    ::waitid(P_PID, static_cast<id_t>(pid_), &how, WEXITED | WNOWAIT);
  }

private:
  int pipe_[2] = {-1, -1};
  pid_t pid_ = -1;
};

}  // namespace

CAF_TEST(it sees the time and the memory and the descriptors of a process) {
  const auto look = pid_probe(::getpid());
  const auto before = look();
  CAF_REQUIRE(before.has_value());
  // A quarter of a second of CPU time, by the clock that counts CPU time.
  const auto begun = std::clock();
  while (std::clock() - begun < CLOCKS_PER_SEC / 4) {
  }
  const std::vector<char> much(64 << 20, 'x');
  const int opened = ::open("/dev/null", O_RDONLY);
  const auto after = look();
  ::close(opened);
  CAF_REQUIRE(after.has_value());
  CAF_CHECK_GREATER(after->cpu_s - before->cpu_s, 0.22);
  CAF_CHECK_GREATER(after->rss_bytes - before->rss_bytes, 60 << 20);
  CAF_CHECK_EQUAL(after->descriptors, before->descriptors + 1);
  CAF_CHECK_EQUAL(much[much.size() - 1], 'x');
}

CAF_TEST(a process with a misleading name is read and one that ended is not ) {
  child_process child;
  const auto look = pid_probe(child.pid());
  const auto seen = look();
  CAF_REQUIRE(seen.has_value());
  CAF_CHECK_LESS(seen->cpu_s, 1.0);
  CAF_CHECK_GREATER(seen->rss_bytes, 0);
  child.become_zombie();
  CAF_CHECK(!look().has_value());
}

CAF_TEST(there is nothing to see of a process that never was) {
  CAF_CHECK(!pid_probe(-1)().has_value());
  CAF_CHECK(!pid_probe(0)().has_value());
  CAF_CHECK(!pid_probe(2'000'000'000)().has_value());
}

CAF_TEST(descriptors that are not ours to see are not known) {
  if (::geteuid() != 0) {
    CAF_MESSAGE("only root can become somebody else");
    return;
  }
  const auto child = ::fork();
  if (child == 0) {
    const bool other = ::setuid(65'534) == 0;
    const auto seen = pid_probe(::getppid())();
    ::_exit(other && (!seen || seen->descriptors == -1) ? 0 : 1);
  }
  int how = -1;
  ::waitpid(child, &how, 0);
  CAF_CHECK_EQUAL(how, 0);
}
