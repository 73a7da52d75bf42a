#include "apps/load/report/server_probe.hpp"

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace ability::load {
namespace {

struct process_state {
  char state = 0;
  std::uint64_t ticks = 0;  // CPU ticks
  std::uint64_t began = 0;  // start time, in ticks since the system's start
  std::int64_t pages = 0;   // resident pages
};

/// See proc(5). The name in parentheses may contain any character.
std::optional<process_state> state_of(const std::string& folder) {
  std::ifstream file{folder + "/stat"};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  const auto after_name = text.rfind(')');
  if (after_name == std::string::npos)
    return std::nullopt;
  std::istringstream fields{text.substr(after_name + 1)};
  process_state found;
  std::string skipped;
  const auto skip = [&](int count) {
    for (int i = 0; i < count; ++i)
      fields >> skipped;
  };
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  fields >> found.state;  // the third field
  skip(10);
  fields >> user >> system;  // the 14th and 15th
  skip(6);
  fields >> found.began;  // the 22nd
  skip(1);
  fields >> found.pages;
  found.ticks = user + system;
  return fields ? std::optional{found} : std::nullopt;
}

std::int64_t descriptors_of(const std::string& folder) {
  std::error_code error;
  std::int64_t count = 0;
  for (std::filesystem::directory_iterator each{folder + "/fd", error}, end; !error && each != end;
       each.increment(error))
    ++count;
  return error ? -1 : count;
}

}  // namespace

std::function<std::optional<server_sample>()> pid_probe(pid_t pid) {
  const auto folder = "/proc/" + std::to_string(pid);
  return [folder, first = state_of(folder)]() -> std::optional<server_sample> {
    const auto now = state_of(folder);
    if (!first || !now || now->began != first->began || now->state == 'Z' || now->state == 'X')
      return std::nullopt;
    return server_sample{.cpu_s = static_cast<double>(now->ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK)),
                         .rss_bytes = now->pages * ::sysconf(_SC_PAGESIZE),
                         .descriptors = descriptors_of(folder)};
  };
}

}  // namespace ability::load
