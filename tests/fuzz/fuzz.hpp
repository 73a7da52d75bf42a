/// Declarations shared by all fuzz targets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

/// Processes one input; a fault in our code ends the process.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);  // NOLINT: libFuzzer names it

namespace ability {

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) noexcept {
  return {reinterpret_cast<const char*>(data), size};
}

/// Ends the process if a `promise` of the decoder does not hold.
inline void hold(bool fact, const char* promise) {
  if (!fact) {
    std::fprintf(stderr, "does not hold: %s\n", promise);
    std::abort();
  }
}

}  // namespace ability
