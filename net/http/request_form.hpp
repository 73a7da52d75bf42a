/// The required form of requests.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>
#include <string_view>

#include "net/http/response.hpp"

namespace ability {

using http_request = boost::beast::http::request<boost::beast::http::string_body>;

/// True if a body follows the head.
bool has_body(const http_request& request);

/// Refuses a body with 413, as it would be buffered for any sender until complete.
std::optional<http_response> refuse_body(const http_request& request);

/// Returns a target in absolute form, like `http://example.com/cable?a`, without scheme and authority; it may then be
/// empty or begin with `?`. Returns any other target unchanged.
std::string_view without_authority(std::string_view target);

/// 426 with the fields that offer a WebSocket.
http_response upgrade_required(std::string_view why, bool keep_alive);

/// Refuses malformed requests with 400: without exactly one valid Host (HTTP/1.0 may have none), with a target in
/// absolute form other than an http URL of that host, with a transfer coding other than chunked, or any in HTTP/1.0.
/// REQUIRES that its lines were joined (`fly::join_lines`). Source: RFC 9112 sections 3.2, 6.1 and 6.3.
std::optional<http_response> refuse_by_form(const http_request& request);

/// Refuses a malformed WebSocket handshake (by Beast's `is_upgrade`) with 400, or 426 for a version other than 13.
/// Beast accepts all others. REQUIRES the same. Source: RFC 6455 section 4.2.1.
std::optional<http_response> refuse_handshake_by_form(const http_request& request);

}  // namespace ability
