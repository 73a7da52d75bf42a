// The application that decides on the clients of a daemon, as a child.
#pragma once

#include <cstdint>
#include <string>

#include "tests/bench/servers.hpp"

namespace ability::load {

/// `bare_app`, and the daemon's settings to ask it for admission of clients.
class application {
public:
  /// `disconnects`: the clients of whose end it is told, `--disconnect-mode`.
  application(const programs& where, std::int64_t answers_after_us, const std::string& disconnects = "never");

  const programs& asks() const { return asks_; }
  std::uint16_t port() const { return port_; }
  void hang() const;

private:
  temp_dir files_;
  std::uint16_t port_ = free_port();
  child_process process_;
  programs asks_;
};

}  // namespace ability::load
