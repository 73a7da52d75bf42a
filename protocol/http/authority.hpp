/// `host[:port]`, as in the headers Host and Origin.
/// Source: RFC 3986 section 3.2; RFC 9110 section 7.2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ability {

/// A host with an optional port. Views of the parsed text.
struct authority {
  std::string_view host;  ///< a name, an IPv4 address, or an IPv6 address in brackets; never empty
  std::optional<std::uint16_t> port;
};

/// Parses `host[:port]`. A name may contain ASCII letters and digits, `-`, `.` and `_`, as sent by browsers and
/// proxies; an empty port counts as none. Nullopt for other text, such as a list or a name after a user.
std::optional<authority> parse_authority(std::string_view text) noexcept;

/// `host` and `port` as in a Host header: IPv6 in brackets, and without the scheme's default port, 80 or with TLS 443.
std::string authority_text(const std::string& host, std::uint16_t port, bool tls);

}  // namespace ability
