// A Redis server of the bench's own.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "tests/bench/process.hpp"
#include "tests/bench/servers.hpp"

namespace ability::load {

/// Keeps its data in memory only. It is stopped by the destructor.
class redis_server {
public:
  /// The reason why there is none on this machine, or no `redis-benchmark`; nothing if there are both.
  static std::optional<std::string> missing();

  /// Starts it on a free port of 127.0.0.1. Throws if it does not answer within 10 s.
  redis_server();

  std::uint16_t port() const { return port_; }
  std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_); }
  const child_process& process() const { return process_; }

  /// Runs a command whose reply is a text, a status or a number. Throws for an error, and for any other reply.
  std::string run(std::initializer_list<std::string_view> words);

  /// The id of its data, by which logs are told from those of an earlier master.
  std::string replication_id();

private:
  std::string take_line();

  temp_dir files_;
  std::uint16_t port_;
  child_process process_;
  descriptor connection_;
  std::string input_;
};

/// The daemon with its logs in a Redis server.
programs with_logs_in(programs where, const redis_server& redis);

/// Waits until the daemon takes publications to a stream, which needs Redis; one of them is published. Throws after
/// 10 s.
void await_log(const running_server& daemon, const std::string& stream);

}  // namespace ability::load
