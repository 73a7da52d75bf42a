/// `host[:port]`, as in the header Host and in an Origin.
/// Source: RFC 3986 section 3.2; RFC 9110 section 7.2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ability {

/// A host and, if it was given, a port. Views of the text that was parsed.
struct authority {
  std::string_view host;  ///< a name, an IPv4 address, or an IPv6 address in brackets; never empty
  std::optional<std::uint16_t> port;
};

/// Reads `host[:port]`. A name may hold ASCII letters and digits, `-`, `.` and `_`: what browsers and proxies send; an
/// empty port is none. Nothing: `text` is anything else, a list or a name with a user before it, for example.
std::optional<authority> parse_authority(std::string_view text) noexcept;

/// `host` and `port` as a Host header has them: IPv6 in brackets, and no port that is the scheme's own, 80 or with TLS
/// 443.
std::string authority_text(const std::string& host, std::uint16_t port, bool tls);

}  // namespace ability
