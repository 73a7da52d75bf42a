/// What the process takes of the machine.
#pragma once

#include <cstdint>

namespace ability {

struct process_usage {
  double cpu_seconds = 0;  ///< of all threads since the process began
  std::uint64_t resident_bytes = 0;
};

/// As the kernel counts; 0 for what it does not tell. Takes some microseconds. Any thread.
process_usage measure_process();

}  // namespace ability
