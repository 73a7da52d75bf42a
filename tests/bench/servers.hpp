// The compared servers: how each is started, and the scripts of its clients and its publisher.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/dialects.hpp"
#include "tests/bench/process.hpp"

namespace ability::load {

/// Paths and arguments of the programs.
struct programs {
  std::string abilityd;
  std::vector<std::string> abilityd_access{"--public"};  ///< access options
  std::vector<std::string> abilityd_args;                ///< further arguments, e.g. --lanes 1
  std::string bare_server;
  std::string bare_app;
  std::string fly_servers;
  std::string link_source;
  std::string uws_server;
  std::string uws_library;
  std::string centrifuge_server;
};

/// The reason why `kind` cannot be started here, with the package to install; nothing if it can.
std::optional<std::string> missing(server_kind kind, const programs& where);

/// A server that is up and accepts connections. It is stopped by the destructor.
class running_server {
public:
  /// Starts it on free ports of 127.0.0.1. Throws with its last output if it does not answer within 10 s.
  running_server(server_kind kind, const programs& where);

  server_kind kind() const { return kind_; }
  std::uint16_t port() const { return port_; }  ///< for clients
  const child_process& process() const { return *process_; }
  /// Script for clients that follow the one stream of the bench.
  client_script script() const { return script_of(kind_, port_); }
  /// Script for clients that each follow streams of their own.
  client_script script(const streams_of_client& streams_of) const;
  std::unique_ptr<publisher> connect_publisher() const;
  /// Payload bytes that a client receives for `message`, without frame headers.
  std::string payload_of(const std::string& message) const { return load::payload_of(kind_, message); }

private:
  void start(const std::vector<std::string>& command);
  void wait_until_up();
  bool is_up() const;

  server_kind kind_;
  temp_dir files_;
  std::uint16_t publish_port_;
  std::uint16_t port_;  // for clients
  std::optional<child_process> process_;
};

}  // namespace ability::load
