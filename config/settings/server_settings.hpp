/// Settings of the process: addresses, threads, certificate, and the end.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace ability {

struct server_settings {
  std::string host = "localhost";           ///< name or IP address to listen on
  std::uint16_t port = 8080;                ///< 0: any free port
  std::uint16_t broadcast_port = 0;         ///< port for publications alone; 0: they arrive at `port`
  std::string metrics_host = "localhost";   ///< name or IP address that `metrics_port` listens on
  std::uint16_t metrics_port = 0;           ///< port of health and metrics; 0: at `port` only
  std::size_t lanes = 0;                    ///< threads that serve connections; as an option, 0: one per core
  std::string ssl_cert = {};                ///< path of a PEM chain; empty: no TLS
  std::string ssl_key = {};                 ///< path of its PEM key
  std::size_t fly_udp_max_payload = 1'200;  ///< bytes of a FlyRPC packet over UDP
  std::chrono::milliseconds fly_udp_idle_timeout{60'000};  ///< silence after which a UDP client counts as gone
  std::chrono::milliseconds shutdown_delay{0};             ///< from SIGTERM to the first closed client
  std::chrono::milliseconds shutdown_timeout{30'000};      ///< from then to the exit at the latest; 0: at once
};

}  // namespace ability
