// The text of the file of settings.
#pragma once

#include <filesystem>
#include <string>

namespace ability {

/// A text, or the reason why there is none.
struct file_text {
  std::string text = {};
  std::string error = {};  ///< a sentence; empty: no error
};

/// Reads a regular file or a pipe of at most 1 MiB; a pipe has 5 s. `named_by`: the variable that names the file; empty
/// if none does.
file_text read_settings_file(const std::filesystem::path& path, const std::string& named_by);

}  // namespace ability
