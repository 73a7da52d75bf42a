#include "net/http/request_form.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <cstdint>
#include <string_view>

#include "protocol/http/authority.hpp"
#include "protocol/websocket/key.hpp"

namespace ability {

namespace beast = boost::beast;
namespace http = beast::http;

namespace {

// The offset of the authority in a target in absolute form; npos for other forms.
std::size_t authority_place(std::string_view target) {
  const auto scheme = target.starts_with('/') ? std::string_view::npos : target.find("://");
  return scheme == std::string_view::npos ? scheme : scheme + 3;
}

// True if the target contradicts Host: the application must get the same host that the Origin is compared with.
bool names_other_host(const http_request& request) {
  const std::string_view target = request.target();
  const auto place = authority_place(target);
  if (place == std::string_view::npos)
    return false;
  const auto scheme = target.substr(0, place - 3);
  const bool secure = beast::iequals(scheme, "https") || beast::iequals(scheme, "wss");
  if (!secure && !beast::iequals(scheme, "http") && !beast::iequals(scheme, "ws"))
    return true;
  const auto rest = target.substr(place);
  const auto asked = parse_authority(rest.substr(0, rest.find_first_of("/?#")));
  const auto host = parse_authority(request[http::field::host]);
  const std::uint16_t port = secure ? 443 : 80;
  if (!asked || !host)
    return !asked;
  return !beast::iequals(asked->host, host->host) || asked->port.value_or(port) != host->port.value_or(port);
}

// True if Host is missing or invalid. A target in absolute form does not replace it.
bool has_wrong_host(const http_request& request) {
  if (request.count(http::field::host) == 0)
    return request.version() >= 11;
  return !parse_authority(request[http::field::host]);
}

}  // namespace

std::string_view without_authority(std::string_view target) {
  const auto place = authority_place(target);
  if (place == std::string_view::npos)
    return target;
  return target.substr(std::min(target.find_first_of("/?#", place), target.size()));
}

http_response upgrade_required(std::string_view why, bool keep_alive) {
  auto answer = plain_answer(http::status::upgrade_required, why, keep_alive);
  answer.set(http::field::upgrade, "websocket");
  answer.set(http::field::connection, keep_alive ? "upgrade" : "upgrade, close");
  return answer;
}

bool has_body(const http_request& request) {
  const auto length = request[http::field::content_length];
  return request.count(http::field::transfer_encoding) > 0 || (!length.empty() && length != "0");
}

std::optional<http_response> refuse_body(const http_request& request) {
  if (has_body(request))
    return plain_answer(http::status::payload_too_large, "send no body here\n", false);
  return {};
}

std::optional<http_response> refuse_by_form(const http_request& request) {
  if (has_wrong_host(request))
    return plain_answer(http::status::bad_request, "send one Host, like example.com or example.com:8080\n", false);
  if (names_other_host(request))
    return plain_answer(http::status::bad_request, "the target must be a path, or an http URL of the Host\n", false);
  // RFC 9112 section 6.1: an HTTP/1.0 proxy in between may have seen another end of the request.
  if (request.count(http::field::transfer_encoding) > 0 && request.version() < 11)
    return plain_answer(http::status::bad_request, "HTTP/1.0 has no Transfer-Encoding\n", false);
  // A proxy that does not know the coding would take the body for the next request.
  if (request.count(http::field::transfer_encoding) > 0 &&
      !beast::iequals(request[http::field::transfer_encoding], "chunked"))
    return plain_answer(http::status::bad_request, "Transfer-Encoding can only be chunked\n", false);
  return {};
}

std::optional<http_response> refuse_handshake_by_form(const http_request& request) {
  if (request[http::field::sec_websocket_version] != "13") {
    const bool other = request.count(http::field::sec_websocket_version) > 0;
    constexpr std::string_view why = "Sec-WebSocket-Version must be 13\n";
    auto answer = other ? upgrade_required(why, false) : plain_answer(http::status::bad_request, why, false);
    answer.set(http::field::sec_websocket_version, "13");
    return answer;
  }
  if (!is_handshake_key(request[http::field::sec_websocket_key]))
    return plain_answer(http::status::bad_request, "Sec-WebSocket-Key must be 16 bytes in base64\n", false);
  // A body would be read as frames.
  if (has_body(request))
    return plain_answer(http::status::bad_request, "a WebSocket handshake has no body\n", false);
  return {};
}

}  // namespace ability
