/// Origins of web pages that may connect.
/// Source: docs/protocols/action-cable.md "Query parameters and headers"; RFC 6454 section 7.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ability {

/// True if a client with this `Origin` header (empty: none was sent) may connect.
///
/// Compares host and port of the origin with each entry: `host`, `host:port`, or `*` and a suffix of one. Case does not
/// matter; a missing port equals the default of the origin's scheme (80, 443). An origin with a host not written as
/// browsers write it matches none of these. Entries for clients other than web pages: `none` (no header was sent),
/// `null` and `file://`. An entry `*` lets every client connect. Empty entries are ignored; without any other entry,
/// every client may connect.
bool origin_allowed(std::string_view origin_header, std::span<const std::string> allowed);

/// True if a page with this `Origin` comes from the host to which it connects, according to the request's
/// `host_header`. The ports may differ, as cookies are sent to all ports of a host. An http page is foreign if the
/// connection is `secure`, as secure cookies are not its own.
bool is_same_host(std::string_view origin_header, std::string_view host_header, bool secure);

}  // namespace ability
