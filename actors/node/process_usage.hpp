/// Resource usage of the process.
#pragma once

#include <cstdint>

namespace ability {

struct process_usage {
  double cpu_seconds = 0;  ///< all threads, since the process began
  std::uint64_t resident_bytes = 0;
};

/// Reads the kernel's figures; 0 for those not reported. Takes some microseconds. Any thread.
process_usage measure_process();

/// Further figures for the metrics.
struct process_facts {
  std::uint64_t virtual_bytes = 0;
  std::uint64_t threads = 0;
  std::uint64_t open_descriptors = 0;
  std::uint64_t max_descriptors = 0;  ///< the soft limit
  double start_time = 0;              ///< seconds since the epoch
};

/// Reads the kernel's figures; 0 for those not reported. Before Linux 6.2 open descriptors have to be counted one by
/// one, which takes about a microsecond each. Any thread.
process_facts describe_process();

}  // namespace ability
