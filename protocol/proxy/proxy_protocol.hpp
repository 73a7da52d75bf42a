/// The header that a proxy sends before anything of its client's, to tell whose connection it carries.
/// Source: the PROXY protocol, versions 1 and 2 (haproxy.org/download/2.8/doc/proxy-protocol.txt).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ability {

/// Longest header that is read, in bytes: version 1 has 107 at most, version 2 as many as its extensions take.
inline constexpr std::size_t max_proxy_header = 4'096;

/// The state of the bytes at the front of a connection.
enum class proxy_header_state : std::uint8_t {
  incomplete,  ///< all of them belong to a header, and more are needed
  whole,       ///< the first `size` of them are a header
  malformed,   ///< no header, or one that is too long
};

/// A header, or why there is none yet.
struct proxy_header {
  proxy_header_state state = proxy_header_state::incomplete;
  std::size_t size = 0;        ///< bytes, if it is whole
  std::string source;          ///< the client's IP address; empty: the proxy speaks for itself, or does not know
  const char* complaint = "";  ///< why it is malformed, fit for a log
};

/// Reads the header at the front of `bytes`, of either version.
proxy_header decode_proxy_header(std::string_view bytes);

}  // namespace ability
