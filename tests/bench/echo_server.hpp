// `fly_servers` as a child process.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "tests/bench/posix.hpp"
#include "tests/bench/process.hpp"
#include "tests/bench/servers.hpp"

namespace ability::load {

/// Listens on a free port until it is destroyed.
class echo_server {
public:
  /// Throws if it does not start.
  echo_server(const programs& where, const std::string& mode)
      : process_{{program(where), mode, std::to_string(port_)}, files_.path() / "output"} {
    for (const auto deadline = now_ns() + 10'000'000'000; !try_connect(port_); sleep_ms(5))
      if (!process_.alive() || now_ns() > deadline)
        throw std::runtime_error{"fly_servers " + mode + " did not start"};
  }

  std::uint16_t port() const { return port_; }
  const child_process& process() const { return process_; }

private:
  static std::string program(const programs& where) {
    auto found = find_program(where.fly_servers);
    if (found.empty())
      throw std::runtime_error{"no program " + where.fly_servers + " (build the target fly_servers)"};
    return found;
  }

  temp_dir files_;
  std::uint16_t port_ = free_port();
  child_process process_;
};

}  // namespace ability::load
