/// The URLs of a target, taken apart and looked up before anything is measured.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/result.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/load/run/run.hpp"
#include "net/io/tls.hpp"

namespace ability::load {

/// One URL.
struct endpoint {
  std::string scheme = {};  ///< lower case: `ws`
  std::string user = {};    ///< with `password`, of Redis only
  std::string password = {};
  std::string host = {};  ///< a name or an IP address, an IPv6 address without its brackets
  std::uint16_t port = 0;
  std::string path = {};                                 ///< with its query; `/` if there is none
  std::vector<boost::asio::ip::address> addresses = {};  ///< to be tried in turn; IPv4 comes first

  bool secure() const { return scheme == "wss" || scheme == "https" || scheme == "tls"; }
  /// `host:port`, fit for HTTP's Host.
  std::string authority() const;
};

using endpoint_result = boost::system::result<endpoint, std::string>;

/// Takes a URL apart; nothing is looked up. Without a port it is that of HTTP, HTTPS or Redis; FlyRPC has none.
///
/// Errors: a sentence that names the URL, without secrets, and says what it must be.
endpoint_result parse_endpoint(std::string_view url);

/// A target that can be connected to. Immutable; lanes share it.
struct reachable_target {
  std::vector<endpoint> cable;
  std::vector<endpoint> fly;
  std::vector<endpoint> http;  ///< empty only if there is no `cable` either
  std::optional<endpoint> redis;
  target given;
  std::shared_ptr<const fly::tls_context> tls;  ///< null: no URL asks for it
};

using target_result = boost::system::result<std::shared_ptr<const reachable_target>, std::string>;

/// Checks a target, looks up its hosts and loads certificates. Blocks.
///
/// Errors: a sentence that names what is wrong, a URL, a header or a file, and the remedy.
target_result reach(const target& where);

/// The URL without user, password and query (which may have a token), for reports and complaints.
std::string without_secrets(std::string_view url);

}  // namespace ability::load
