/// The request that asked for a WebSocket, and what it says of the client.
#pragma once

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <string>
#include <string_view>

#include "net/lane/lane_context.hpp"
#include "net/lane/outbox.hpp"
#include "protocol/app_rpc/app_rpc.hpp"
#include "protocol/http/proxy_headers.hpp"

namespace ability {

/// Without its body, which it does not have.
using upgrade_request = boost::beast::http::request<boost::beast::http::empty_body>;

/// The headers of a request by which proxies tell of their clients; views of it. REQUIRES that its lines were joined
/// (`fly::join_lines`).
proxy_headers proxy_headers_of(const boost::beast::http::fields& request);

/// Whether the client speaks TLS, with this node or with a proxy that has told so.
bool is_secure(const outlet& socket, const proxied_client& told);

/// The URL made absolute (`https` if it is secure, and with Host, whatever the target says of both), the headers that
/// the application gets to see with `REMOTE_ADDR` among them, and the token. REQUIRES the same.
client_handshake describe_handshake(const edge& where, const outlet& socket, const upgrade_request& request);

/// The first value of `key` in the query of `target`, percent-decoded; empty if there is none.
std::string query_value(std::string_view target, std::string_view key);

}  // namespace ability
