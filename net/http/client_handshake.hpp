/// The request for a WebSocket, and the facts about the client in it.
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

/// Such a request has no body.
using upgrade_request = boost::beast::http::request<boost::beast::http::empty_body>;

/// The headers in which proxies report their clients; views of `request`. REQUIRES that its lines were joined
/// (`fly::join_lines`).
proxy_headers proxy_headers_of(const boost::beast::http::fields& request);

/// True if the client speaks TLS, with this node or with a proxy that reports it.
bool is_secure(const outbox& socket, const proxied_client& told);

/// Returns the absolute URL (with the scheme by `is_secure` and Host, ignoring those in the target), the headers for
/// the application, including `REMOTE_ADDR`, the token, the Origin, and the session that the client wants back (header
/// X-AnyCable-Restore-Sid, else `sid` in the query). REQUIRES the same.
client_handshake describe_handshake(const lane_context& where, const outbox& socket, const upgrade_request& request);

/// The first value of `key` in the query of `target`, percent-decoded; empty if there is none.
std::string query_value(std::string_view target, std::string_view key);

}  // namespace ability
