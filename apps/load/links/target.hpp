/// The tested server: its URLs and the credentials of clients and publishers.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace ability::load {

/// The tested server. Clients of a group are spread evenly over the URLs for their protocol.
struct target {
  std::vector<std::string> cable = {};  ///< `ws://` or `wss://host:port/path`; FlyRPC over WebSocket uses them, too
  std::vector<std::string> fly = {};    ///< `tcp://`, `tls://` or `udp://host:port`
  std::vector<std::string> http = {};   ///< URL to POST publications to; empty: `/_broadcast` at the first of `cable`
  std::string redis = {};               ///< `redis://[user:password@]host:port[/db]`
  std::string redis_channel = "__anycable__";
  std::string broadcast_key = {};                                 ///< bearer key of the POST; empty: none
  std::string token = {};                                         ///< token of clients; empty: none
  std::vector<std::pair<std::string, std::string>> headers = {};  ///< headers of each client's request
  std::string ca_file = {};  ///< PEM file of trusted authorities; empty: the system's
};

}  // namespace ability::load
