/// Files that reports are written to.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace ability::load {

/// Why no report can be written to `path`, a clause; tried beside it, before an hour is spent on what shall stand
/// there.
std::optional<std::string> fault_of_file(const std::filesystem::path& path);

/// Writes a file whole or not at all. Error: a clause that says why.
std::optional<std::string> write_file(const std::filesystem::path& path, const std::string& text);

}  // namespace ability::load
