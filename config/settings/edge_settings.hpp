/// Settings for clients and publishers. Each lane has a copy.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "protocol/http/forwarded.hpp"

namespace ability {

/// Ways to refuse a client (docs/protocols/action-cable.md "Refusals by the decision").
enum class rejection : std::uint8_t {
  automatic,  ///< `message` for every WebSocket except FlyRPC's, else `http`
  http,       ///< 401 instead of the upgrade
  message,    ///< upgrade, `disconnect` message, close: visible to Action Cable clients in browsers
};

/// The unit of the time in a ping.
enum class ping_unit : std::uint8_t { seconds, milliseconds, nanoseconds };

/// Dependencies required for readiness.
struct ready_requirements {
  bool redis = false;
  bool app = false;
};

/// Units: bytes and milliseconds.
struct edge_settings {
  std::vector<std::string> cable_paths{"/cable"};  ///< patterns of `path_matches`
  std::string health_path = "/health";
  std::string live_path = {};   ///< derived from `health_path`
  std::string ready_path = {};  ///< derived from `health_path`
  ready_requirements ready_requires = {};
  std::string metrics_path = "/metrics";  ///< empty: not served; as an option, `none`
  bool metrics_apart = false;             ///< served by `service::operations` only
  std::string broadcast_path = "/_broadcast";
  std::string broadcast_key = {};  ///< bearer key; empty: see `open_broadcast`
  bool open_broadcast = false;     ///< anyone may publish
  std::string api_path = "/api";
  std::string api_key = {};  ///< bearer key of the API; empty: see `open_api`
  bool open_api = false;     ///< anyone may ask
  bool page = false;         ///< `/` serves the page to try the daemon
  bool compression = false;  ///< permessage-deflate is offered
  rejection reject_by = rejection::automatic;
  std::vector<std::string> allowed_origins = {};  ///< lower case; also `*` and an end, `none`, `null`, `file://`
  bool same_origin = false;                       ///< instead of the list: the host of an Origin must be that of Host
  std::vector<std::string> forwarded_headers{"cookie"};  ///< of the handshake, to the application; lower-case names
  std::vector<std::string> forwarded_cookies = {};       ///< names; empty: all
  std::vector<std::string> bound_cookies = {};  ///< names of cookies with which alone a client has its session back
  trusted_proxies proxies = {};
  bool proxy_protocol = false;      ///< connections of `proxies` begin with a PROXY protocol header
  std::string token_param = "jid";  ///< name of the token parameter; empty: no tokens
  bool expired_may_return = true;   ///< a client whose token expires is told to reconnect with a new one
  std::size_t max_connections = 0;  ///< 0: no limit
  std::size_t max_sockets = 0;      ///< of clients and publishers; a few more get a refusal; 0: no limit
  std::size_t max_message_size = 65'536;
  std::size_t max_pending_size = 1'048'576;      ///< queued for one client; beyond: `too_slow`
  std::size_t max_pending_commands = 16;         ///< unanswered commands of one connection; at the limit reading stops
  std::size_t max_broadcast_size = 1'048'576;    ///< of one HTTP body or one Redis payload
  std::size_t max_unfinished_size = 67'108'864;  ///< of all incomplete requests and messages together
  std::chrono::milliseconds ping_interval{3'000};  ///< 0: none
  ability::ping_unit ping_unit = ability::ping_unit::seconds;
  std::chrono::milliseconds pong_timeout{0};            ///< time to answer a ping; 0: no answers required
  std::chrono::milliseconds handshake_timeout{10'000};  ///< for request head, TLS and upgrade
  std::chrono::milliseconds message_timeout{30'000};    ///< from the first byte of a client's message to its last
  std::chrono::milliseconds http_idle_timeout{60'000};  ///< silence after which a kept-alive connection is closed
  std::chrono::milliseconds close_timeout{2'000};       ///< for a closing connection to receive its last bytes
};

}  // namespace ability
