#include "tests/bench/send_calls.hpp"

#include <fstream>
#include <stdexcept>

#include "tests/bench/posix.hpp"

namespace ability::load {

namespace {

bool is_traced(const std::filesystem::path& thread) {
  std::ifstream status{thread / "status"};
  for (std::string name; status >> name;)
    if (name == "TracerPid:") {
      pid_t tracer = 0;
      return status >> tracer && tracer != 0;
    }
  return true;  // the thread has ended
}

bool all_traced(pid_t process) {
  std::error_code ignored;
  for (const auto& each : std::filesystem::directory_iterator{"/proc/" + std::to_string(process) + "/task", ignored})
    if (!is_traced(each.path()))
      return false;
  return true;
}

}  // namespace

std::optional<std::string> send_calls::missing() {
  if (find_program("strace").empty())
    return "no strace (apt-get install strace)";
  return {};
}

send_calls::send_calls(const child_process& of)
    : calls_{files_.path() / "calls"},
      strace_{{find_program("strace"), "-f", "-qq", "-e", "trace=send,sendto,sendmsg,sendmmsg,writev", "-s", "0", "-o",
               calls_, "-p", std::to_string(of.pid())},
              files_.path() / "output"} {
  for (const auto deadline = now_ns() + 10'000'000'000; !all_traced(of.pid()); sleep_ms(10))
    if (now_ns() > deadline || !strace_.alive())
      throw std::runtime_error{"strace may not trace the daemon"};
}

std::size_t send_calls::finish() {
  strace_.stop();
  std::ifstream lines{calls_};
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);)
    count += line.find("resumed>") == std::string::npos && line.find('(') != std::string::npos ? 1 : 0;
  return count;
}

}  // namespace ability::load
