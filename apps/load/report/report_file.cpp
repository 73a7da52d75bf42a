#include "apps/load/report/report_file.hpp"

#include <cerrno>
#include <fstream>
#include <system_error>

namespace ability::load {
namespace {

namespace fs = std::filesystem;

fs::path part_of(fs::path path) { return path += ".part"; }

std::optional<std::string> write_part(const fs::path& part, const std::string& text) {
  errno = 0;
  std::ofstream file{part, std::ios::binary};
  const bool is_open = file.is_open();
  file << text;
  file.close();
  if (file)
    return std::nullopt;
  auto why = std::generic_category().message(errno);
  if (is_open) {
    std::error_code none;
    fs::remove(part, none);
  }
  return why;
}

}  // namespace

std::optional<std::string> fault_of_file(const fs::path& path) {
  std::error_code none;
  const auto type = fs::status(path, none).type();
  if (type == fs::file_type::directory)
    return "it is a directory";
  if (type != fs::file_type::not_found && type != fs::file_type::regular && type != fs::file_type::none)
    return "it is no file that could be replaced";
  if (auto why = write_part(part_of(path), {}))
    return why;
  fs::remove(part_of(path), none);
  return std::nullopt;
}

std::optional<std::string> write_file(const fs::path& path, const std::string& text) {
  const auto part = part_of(path);
  if (auto why = write_part(part, text))
    return why;
  std::error_code error;
  fs::rename(part, path, error);
  if (!error)
    return std::nullopt;
  std::error_code none;
  fs::remove(part, none);
  return error.message();
}

}  // namespace ability::load
