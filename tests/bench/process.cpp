#include "tests/bench/process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>

#include "tests/bench/posix.hpp"

namespace ability::load {

temp_dir::temp_dir() {
  auto name = (std::filesystem::temp_directory_path() / "ability-bench-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    fail_errno("cannot make a temporary directory");
  path_ = name;
}

temp_dir::~temp_dir() {
  std::error_code ignored;
  if (!path_.empty())
    std::filesystem::remove_all(path_, ignored);
}

child_process::child_process(const std::vector<std::string>& command, const std::filesystem::path& log) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const auto& argument : command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const descriptor output{::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
  const descriptor input{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  const auto parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0)
    fail_errno("cannot fork");
  if (pid_ == 0) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent)
      ::_exit(127);
    ::dup2(input.get(), STDIN_FILENO);
    ::dup2(output.get(), STDOUT_FILENO);
    ::dup2(output.get(), STDERR_FILENO);
    std::signal(SIGPIPE, SIG_DFL);  // the bench ignores it, and a child would inherit that
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  ::setpgid(pid_, pid_);
}

void child_process::stop() {
  if (pid_ < 0)
    return;
  const auto pid = std::exchange(pid_, -1);
  ::kill(-pid, SIGTERM);
  const auto deadline = now_ns() + 3'000'000'000;
  while (::waitpid(pid, nullptr, WNOHANG) == 0) {
    if (now_ns() > deadline) {
      ::kill(-pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
      break;
    }
    const timespec pause{0, 5'000'000};
    ::nanosleep(&pause, nullptr);
  }
  ::kill(-pid, SIGKILL);  // children that outlived it
}

void child_process::signal(int number) const {
  if (pid_ > 0)
    ::kill(pid_, number);
}

bool child_process::alive() const {
  siginfo_t info{};
  return pid_ > 0 && ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == 0;
}

std::vector<pid_t> child_process::tree() const {
  std::vector<pid_t> all{pid_};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto tasks = std::filesystem::path{"/proc"} / std::to_string(all[i]) / "task";
    std::error_code ignored;
    for (const auto& task : std::filesystem::directory_iterator{tasks, ignored}) {
      std::ifstream children{task.path() / "children"};
      for (pid_t child = 0; children >> child;)
        all.push_back(child);
    }
  }
  return all;
}

std::int64_t child_process::cpu_ns() const {
  std::int64_t total = 0;
  for (const auto pid : tree()) {
    clockid_t clock{};
    timespec t{};
    if (::clock_getcpuclockid(pid, &clock) == 0 && ::clock_gettime(clock, &t) == 0)
      total += t.tv_sec * 1'000'000'000LL + t.tv_nsec;
  }
  return total;
}

memory_use child_process::memory() const {
  memory_use total;
  for (const auto pid : tree()) {
    std::ifstream rollup{"/proc/" + std::to_string(pid) + "/smaps_rollup"};
    for (std::string line; std::getline(rollup, line);) {
      std::istringstream words{line};
      std::string name;
      std::int64_t kilobytes = 0;
      words >> name >> kilobytes;
      if (name == "Rss:")
        total.rss += kilobytes * 1024;
      else if (name == "Pss:")
        total.pss += kilobytes * 1024;
    }
  }
  return total;
}

std::filesystem::path find_program(const std::string& name) {
  const auto usable = [](const std::filesystem::path& path) {
    return std::filesystem::is_regular_file(path) && ::access(path.c_str(), X_OK) == 0;
  };
  if (name.find('/') != std::string::npos)
    return usable(name) ? std::filesystem::absolute(name) : std::filesystem::path{};
  const char* path = std::getenv("PATH");
  std::istringstream folders{std::string{path == nullptr ? "" : path} + ":/usr/sbin:/usr/local/sbin:/sbin"};
  for (std::string folder; std::getline(folders, folder, ':');)
    if (auto candidate = std::filesystem::path{folder} / name; usable(candidate))
      return candidate;
  return {};
}

void child_process::pin(int cpu) const {
  cpu_set_t only{};
  CPU_SET(cpu, &only);
  std::error_code ignored;
  for (const auto& thread : std::filesystem::directory_iterator{"/proc/" + std::to_string(pid_) + "/task", ignored})
    sched_setaffinity(std::stoi(thread.path().filename()), sizeof(only), &only);
}

pinned_here::pinned_here(int cpu) {
  sched_getaffinity(0, sizeof(before_), &before_);
  cpu_set_t only{};
  CPU_SET(cpu, &only);
  sched_setaffinity(0, sizeof(only), &only);
}

pinned_here::~pinned_here() { sched_setaffinity(0, sizeof(before_), &before_); }

}  // namespace ability::load
