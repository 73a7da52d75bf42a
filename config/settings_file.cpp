#include "config/settings_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <system_error>
#include <utility>

#include "config/option_layers.hpp"

namespace ability {
namespace {

constexpr std::size_t max_file_size = 1 << 20;  // bytes
constexpr std::chrono::milliseconds pipe_patience{5'000};

// Reads with a time limit: opening a pipe without a writer would block forever, and with it each later SIGHUP.
file_text read_pipe(const std::filesystem::path& path, const std::string& name) {
  using clock = std::chrono::steady_clock;
  const auto until = clock::now() + pipe_patience;
  const int pipe = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  std::string text;
  bool ended = pipe < 0;
  for (auto left = pipe_patience; !ended && left > left.zero() && text.size() <= max_file_size;
       left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now())) {
    pollfd readable{pipe, POLLIN, 0};
    std::array<char, 4096> piece;
    if (::poll(&readable, 1, static_cast<int>(left.count())) <= 0)
      continue;
    const auto got = ::read(pipe, piece.data(), piece.size());
    if (got > 0)
      text.append(piece.data(), static_cast<std::size_t>(got));
    ended = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
  }
  if (pipe >= 0)
    ::close(pipe);
  if (!ended && text.size() <= max_file_size)
    return {.error = "the file of settings " + name + " is a pipe that was not written to its end within 5 s."};
  // A pipe is empty when read a second time. Accepting that would reset every setting.
  if (text.empty())
    return {.error = "the file of settings " + name + " is a pipe, and nothing is in it."};
  return {.text = std::move(text)};
}

file_text read_regular_file(const std::filesystem::path& path, const std::string& name) {
  std::ifstream in{path, std::ios::binary};
  std::string text(max_file_size + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.gcount() == 0 && !in.eof())
    return {.error = "the file of settings " + name + " cannot be read."};
  text.resize(static_cast<std::size_t>(in.gcount()));
  return {.text = std::move(text)};
}

}  // namespace

file_text read_settings_file(const std::filesystem::path& path, const std::string& named_by) {
  const auto name = quoted_excerpt(path.string()) + (named_by.empty() ? "" : " of " + named_by);
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    return {.error = "the file of settings " + name + " is a directory."};
  if (!std::filesystem::exists(path, error))
    return {.error = "the file of settings " + name + " does not exist."};
  auto file = std::filesystem::is_fifo(path, error) ? read_pipe(path, name) : read_regular_file(path, name);
  if (file.text.size() > max_file_size)
    return {.error = "the file of settings " + name + " is larger than 1 MiB."};
  return file;
}

}  // namespace ability
