#include "actors/process_usage.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

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

}  // namespace ability
