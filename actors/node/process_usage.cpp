#include "actors/node/process_usage.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>
#include <string>

namespace ability {

process_usage measure_process() {
  process_usage result;
  if (rusage used{}; getrusage(RUSAGE_SELF, &used) == 0) {
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    result.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
  }
  std::uint64_t all_pages = 0;
  std::uint64_t resident_pages = 0;
  if (std::ifstream{"/proc/self/statm"} >> all_pages >> resident_pages)
    result.resident_bytes = resident_pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  return result;
}

namespace {

// Boot time of the machine, in seconds since the epoch.
double boot_time() {
  std::ifstream file{"/proc/stat"};
  for (std::string word; file >> word;)
    if (double seconds = 0; word == "btime" && file >> seconds)
      return seconds;
  return 0;
}

std::uint64_t count_descriptors() {
  static constexpr const char* folder = "/proc/self/fd";
  // Since Linux 6.2 the size of the folder is the number of descriptors.
  if (struct stat told{}; stat(folder, &told) == 0 && told.st_size > 0)
    return static_cast<std::uint64_t>(told.st_size);
  std::error_code error;
  std::filesystem::directory_iterator each{folder, error};
  return error ? 0 : static_cast<std::uint64_t>(std::distance(each, std::filesystem::directory_iterator{}));
}

}  // namespace

process_facts describe_process() {
  process_facts result;
  if (rlimit limit{}; getrlimit(RLIMIT_NOFILE, &limit) == 0)
    result.max_descriptors = limit.rlim_cur;
  result.open_descriptors = count_descriptors();
  // The second field is a name in parentheses, which may contain any character.
  std::ifstream file{"/proc/self/stat"};
  file.ignore(std::numeric_limits<std::streamsize>::max(), '(');
  std::string rest{std::istreambuf_iterator<char>{file}, {}};
  std::istringstream fields{rest.substr(std::min(rest.rfind(')') + 2, rest.size()))};
  constexpr int before_threads = 17;  // the first one is the state
  std::string skipped;
  for (int i = 0; i < before_threads; ++i)
    fields >> skipped;
  double started = 0;
  if (fields >> result.threads >> skipped >> started >> result.virtual_bytes)
    result.start_time = boot_time() + started / static_cast<double>(sysconf(_SC_CLK_TCK));
  return result;
}

}  // namespace ability
