// A server as a child process: started, measured, and always stopped.
#pragma once

#include <sched.h>
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace ability::load {

/// A directory below the system's temporary one, removed with its contents.
class temp_dir {
public:
  temp_dir();
  temp_dir(temp_dir&& other) noexcept : path_{std::move(other.path_)} { other.path_.clear(); }
  temp_dir& operator=(temp_dir&& other) noexcept {
    path_.swap(other.path_);
    return *this;
  }
  temp_dir(const temp_dir&) = delete;
  temp_dir& operator=(const temp_dir&) = delete;
  ~temp_dir();

  const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

/// Memory of a process and its children, in bytes.
struct memory_use {
  std::int64_t rss = 0;  ///< resident; memory shared by processes counts in each
  std::int64_t pss = 0;  ///< resident; memory shared by processes is divided among them
};

/// Pins the calling thread to one processor while the object lives.
class pinned_here {
public:
  explicit pinned_here(int cpu);
  pinned_here(const pinned_here&) = delete;
  pinned_here& operator=(const pinned_here&) = delete;
  ~pinned_here();

private:
  cpu_set_t before_{};
};

/// A running child, the leader of its own process group.
///
/// The destructor sends SIGTERM to the group and SIGKILL 3 s later. If the bench itself is killed, the kernel sends the
/// child SIGTERM.
class child_process {
public:
  /// Starts `command` (a path, then arguments); stdout and stderr go to the file `log`. Throws if it cannot be started.
  child_process(const std::vector<std::string>& command, const std::filesystem::path& log);
  child_process(child_process&& other) noexcept : pid_{std::exchange(other.pid_, -1)} {}
  child_process& operator=(child_process&& other) noexcept {
    std::swap(pid_, other.pid_);
    return *this;
  }
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;
  ~child_process() { stop(); }

  pid_t pid() const { return pid_; }
  void stop();
  void signal(int number) const;
  /// False once it has ended by itself.
  bool alive() const;
  /// CPU time used by all threads of the child and of its children, in nanoseconds.
  std::int64_t cpu_ns() const;
  memory_use memory() const;
  /// Pins all threads that the child has now to one processor.
  void pin(int cpu) const;

private:
  /// The child and all of its descendants.
  std::vector<pid_t> tree() const;

  pid_t pid_ = -1;
};

/// The full path of a program: as given if it holds a slash, else looked up in PATH and the sbin folders. Empty if not
/// found.
std::filesystem::path find_program(const std::string& name);

}  // namespace ability::load
