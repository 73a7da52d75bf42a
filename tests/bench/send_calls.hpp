// System calls by which a process sends, as strace sees them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "tests/bench/process.hpp"

namespace ability::load {

/// Counts calls from its construction on. The process is much slower meanwhile.
class send_calls {
public:
  /// The reason why there is no count on this machine; nothing if there is.
  static std::optional<std::string> missing();

  /// Returns once all threads of the process are traced. Throws after 10 s.
  explicit send_calls(const child_process& of);

  /// Ends the count and returns it.
  std::size_t finish();

private:
  temp_dir files_;
  std::filesystem::path calls_;
  child_process strace_;
};

}  // namespace ability::load
