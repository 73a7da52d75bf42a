/// Facts about a client, stated by proxies in the headers of its request.
/// Source: RFC 7239; the headers X-Forwarded-* and X-Real-IP as nginx, HAProxy and cloud balancers set them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/http/forwarded.hpp"

namespace ability {

/// The headers, each with all its lines joined; empty if absent.
struct proxy_headers {
  std::string_view forwarded_for{};    ///< X-Forwarded-For
  std::string_view forwarded_proto{};  ///< X-Forwarded-Proto
  std::string_view forwarded_host{};   ///< X-Forwarded-Host
  std::string_view forwarded{};        ///< Forwarded
  std::string_view real_ip{};          ///< X-Real-IP
};

/// A client as described by its proxies.
struct proxied_client {
  std::string address;  ///< the client's, without port and brackets
  std::string scheme;   ///< of the client's request, lower case; empty: unknown
  std::string host;     ///< of the client's request; empty: unknown
};

/// One proxy's element of a Forwarded header, with unquoted values; empty if absent.
struct forwarded_element {
  std::string client;  ///< `for`
  std::string scheme;  ///< `proto`
  std::string host;
};

/// The elements of a Forwarded header, without empty ones. Parsed from the end, so that bytes sent by a client, such as
/// an open quote, cannot affect the elements that proxies append. A malformed element has empty values.
std::vector<forwarded_element> parse_forwarded(std::string_view header);

/// The IP address of `10.0.0.1`, `10.0.0.1:80`, `[::1]`, `[::1]:80` or `::1`, quoted or not; empty if invalid.
std::string_view node_address(std::string_view node);

/// The client behind `peer`. Headers count only if `peer` is a trusted proxy. The address comes from the first header
/// present of X-Forwarded-For, Forwarded and X-Real-IP: a proxy that sets one of them must remove an earlier one set by
/// a client. Of several addresses, the last one that is not a trusted proxy counts. Parsing from the end stops at an
/// invalid address and skips empty elements. Scheme and host are the first of X-Forwarded-Proto and X-Forwarded-Host,
/// or those of the last trusted element of Forwarded. Addresses from headers are written as by `inet_ntop`, IPv4 mapped
/// to IPv6 as IPv4.
proxied_client client_behind(const trusted_proxies& proxies, std::string_view peer, const proxy_headers& told);

}  // namespace ability
