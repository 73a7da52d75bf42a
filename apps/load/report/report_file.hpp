/// Output files of reports.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace ability::load {

/// Reason why no report can be written to `path`: a clause; empty if there is none. Tested with another file in the
/// same folder, before a long run.
std::optional<std::string> fault_of_file(const std::filesystem::path& path);

/// Writes a file completely or not at all. Error: a clause with the reason.
std::optional<std::string> write_file(const std::filesystem::path& path, const std::string& text);

}  // namespace ability::load
