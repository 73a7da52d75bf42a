/// The request that asked for a WebSocket, and what it says of the client.
#pragma once

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>

#include "net/edge.hpp"
#include "net/outlet.hpp"
#include "protocol/app_rpc.hpp"

namespace ability {

/// Without its body, which it does not have.
using upgrade_request = boost::beast::http::request<boost::beast::http::empty_body>;

/// The URL made absolute (`https` over TLS, or if a trusted proxy says so), the headers that the application gets to
/// see with `REMOTE_ADDR` among them, and the token.
client_handshake describe_handshake(const edge& where, const outlet& socket, const upgrade_request& request);

}  // namespace ability
