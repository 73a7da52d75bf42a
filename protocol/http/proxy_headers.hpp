/// The facts that proxies tell of a client in the headers of its request.
/// Source: RFC 7239; the headers X-Forwarded-* and X-Real-IP as nginx, HAProxy and cloud balancers set them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/http/forwarded.hpp"

namespace ability {

/// The headers, each with all its lines joined; empty where there is none.
struct proxy_headers {
  std::string_view forwarded_for{};    ///< X-Forwarded-For
  std::string_view forwarded_proto{};  ///< X-Forwarded-Proto
  std::string_view forwarded_host{};   ///< X-Forwarded-Host
  std::string_view forwarded{};        ///< Forwarded
  std::string_view real_ip{};          ///< X-Real-IP
};

/// A client as its proxies tell of it.
struct proxied_client {
  std::string address;  ///< of the client, without port and brackets
  std::string scheme;   ///< that it spoke, lower case; empty: untold
  std::string host;     ///< that it connected to; empty: untold
};

/// One proxy's element of a Forwarded header, its values without quotes; empty where they are not there.
struct forwarded_element {
  std::string client;  ///< `for`
  std::string scheme;  ///< `proto`
  std::string host;
};

/// The elements of a Forwarded header, without its empty ones. They are told apart from the end on, so that nothing
/// that a client has sent, an open quote for example, reaches into what a proxy has put behind it. One that is
/// malformed is there with all its values empty.
std::vector<forwarded_element> parse_forwarded(std::string_view header);

/// The IP address of `10.0.0.1`, `10.0.0.1:80`, `[::1]`, `[::1]:80` or `::1`, in quotes or not; empty if it is none.
std::string_view node_address(std::string_view node);

/// The client behind `peer`. If that is no trusted proxy nothing is believed. Else the address is that of the first of
/// X-Forwarded-For, Forwarded and X-Real-IP that is there: a proxy that sets one of them must not hand on what a client
/// has put into one before it. Of several addresses it is the first from the end that is no proxy itself; behind what
/// is no address nothing is believed; empty elements of a list do not count. Scheme and host are the first of
/// X-Forwarded-Proto and X-Forwarded-Host, or those of the last element of Forwarded that was believed. An address that
/// was told is written as `inet_ntop` does, one that is mapped to IPv6 as IPv4.
proxied_client client_behind(const trusted_proxies& proxies, std::string_view peer, const proxy_headers& told);

}  // namespace ability
