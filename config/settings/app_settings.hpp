/// Settings of calls to the application.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace ability {

/// Selects the connections whose end is reported to the application.
enum class disconnect_mode : std::uint8_t {
  automatic,  ///< connections that the application admitted or was asked about
  always,
  never,
};

/// Settings of the actors that call.
struct app_settings {
  std::size_t concurrency = 28;                      ///< concurrent calls
  std::size_t max_waiting = 100'000;                 ///< calls that wait for a free slot; more are refused
  std::chrono::milliseconds command_timeout{3'000};  ///< time limit of a call with all its retries
  std::chrono::milliseconds request_timeout{3'000};  ///< time limit of one attempt; 0: the rest of `command_timeout`
  disconnect_mode disconnects = disconnect_mode::automatic;
  unsigned disconnect_rate = 100;            ///< `disconnect` calls per second
  std::size_t disconnect_backlog = 100'000;  ///< `disconnect` calls that wait; more are dropped
};

/// The server, in the words of the options. The endpoints of `net/app` and `net/fly_gateway` are made of it.
struct app_server_settings {
  std::string url = {};                                 ///< valid for `parse_rpc_url`; empty or `none`: no application
  bool off = false;                                     ///< ignore `url`
  std::size_t max_reply = 4'194'304;                    ///< bytes of one reply
  std::string http_secret = {};                         ///< bearer token; empty: derived; `none`
  std::string fly_secret = {};                          ///< shared with FlyRPC backends; empty: derived; `none`
  std::size_t fly_max_pending = std::size_t{32} << 20;  ///< bytes queued for one backend; beyond: its link is closed
  bool grpc_tls = false;
  bool verify = true;        ///< with TLS: verify the server's certificate
  std::string ca_file = {};  ///< PEM file of the trusted authorities; empty: the system's
};

}  // namespace ability
