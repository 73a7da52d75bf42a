/// The URLs of a target, parsed and resolved before the run.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/result.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/load/links/target.hpp"
#include "net/io/tls.hpp"

namespace ability::load {

/// A parsed URL.
struct endpoint {
  std::string scheme = {};  ///< lower case: `ws`
  std::string user = {};    ///< Redis only, like `password`
  std::string password = {};
  std::string host = {};  ///< a name or an IP address, an IPv6 address without its brackets
  std::uint16_t port = 0;
  std::string path = {};                                 ///< with its query; `/` if it is missing
  std::vector<boost::asio::ip::address> addresses = {};  ///< to try in turn; IPv4 comes first

  bool secure() const { return scheme == "wss" || scheme == "https" || scheme == "tls"; }
  /// `host:port`, as in HTTP's Host.
  std::string authority() const;
};

using endpoint_result = boost::system::result<endpoint, std::string>;

/// Parses a URL without a look-up. Default ports are those of HTTP, HTTPS and Redis; FlyRPC has none.
///
/// Errors: a sentence with the URL, without secrets, and its required form.
endpoint_result parse_endpoint(std::string_view url);

/// A target with resolved addresses. Immutable; lanes share it.
struct reachable_target {
  std::vector<endpoint> cable;
  std::vector<endpoint> fly;
  std::vector<endpoint> http;  ///< empty only if `cable` is empty, too
  std::optional<endpoint> redis;
  target given;
  std::shared_ptr<const fly::tls_context> tls;  ///< null: no URL needs it
};

using target_result = boost::system::result<std::shared_ptr<const reachable_target>, std::string>;

/// Checks a target, resolves its hosts and loads certificates. Blocks.
///
/// Errors: a sentence with the faulty URL, header or file, and the remedy.
target_result reach(const target& where);

/// The URL without user, password and query (which may have a token), for reports and errors.
std::string without_secrets(std::string_view url);

}  // namespace ability::load
