/// The header with the client's address that a proxy sends first on a connection.
/// Source: the PROXY protocol, versions 1 and 2 (haproxy.org/download/2.8/doc/proxy-protocol.txt).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ability {

/// Maximum bytes of a header: version 1 has at most 107, version 2 depends on its extensions.
inline constexpr std::size_t max_proxy_header = 4'096;

/// State of the first bytes of a connection.
enum class proxy_header_state : std::uint8_t {
  incomplete,  ///< the beginning of a header, more bytes are needed
  whole,       ///< the first `size` bytes are a header
  malformed,   ///< not a header, or too long
};

/// A header, or the reason why there is none yet.
struct proxy_header {
  proxy_header_state state = proxy_header_state::incomplete;
  std::size_t size = 0;        ///< bytes of a whole header
  std::string source;          ///< the client's IP address; empty: the proxy's own connection, or unknown
  const char* complaint = "";  ///< reason of `malformed`, for a log
};

/// Decodes the header at the front of `bytes`, of either version.
proxy_header decode_proxy_header(std::string_view bytes);

}  // namespace ability
