/// The client's WebSocket handshake.
/// Source: RFC 6455 section 4.
#pragma once

#include <string>
#include <string_view>

#include "apps/load/links/endpoints.hpp"

namespace ability::load {

/// Limit of a response head, in bytes.
inline constexpr std::size_t max_answer_head = 16'384;

/// The request of each client of `to`, with the target's headers and token.
std::string upgrade_request_for(const endpoint& to, const target& given, std::string_view subprotocol);

/// The request of each client of one URL and subprotocol.
struct cable_request {
  std::string_view subprotocol;
  std::string text;

  static cable_request of(const endpoint& to, const target& given, std::string_view subprotocol) {
    return {subprotocol, upgrade_request_for(to, given, subprotocol)};
  }
};

/// True if `front` can be the beginning of an HTTP response.
bool looks_like_http(std::string_view front) noexcept;

/// Reason why a response head with its empty line does not open `subprotocol`: `HTTP 401`. Empty: it does.
std::string why_not_upgraded(std::string_view head, std::string_view subprotocol);

}  // namespace ability::load
