/// Which web pages may open a connection.
/// Source: docs/protocols/action-cable.md "Query parameters and headers"; RFC 6454 section 7.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ability {

/// Whether a client with this `Origin` header (empty: none was sent) may connect.
///
/// Compares host and port of the origin with each entry: `host`, `host:port`, or `*` and the end of one. Case does not
/// matter, and the port of the origin's scheme (80, 443) is the same as none. An origin whose host is not written as
/// browsers write it matches none of these. Entries for clients that are no web pages: `none` (no header was sent),
/// `null` and `file://`. An entry `*` lets everyone connect. Empty entries are ignored; without any other entry
/// everyone may.
bool origin_allowed(std::string_view origin_header, std::span<const std::string> allowed);

/// Whether a page with this `Origin` comes from the host that it connects to, which its request calls `host_header`.
/// The ports need not be the same, as cookies are sent to all ports of a host. An http page is from elsewhere if the
/// connection is `secure`, as secure cookies are not its own.
bool is_same_host(std::string_view origin_header, std::string_view host_header, bool secure);

}  // namespace ability
