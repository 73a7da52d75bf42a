#include "net/http/client_handshake.hpp"

#include <boost/beast/http/rfc7230.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "net/client/bound_cookies.hpp"
#include "net/http/request_form.hpp"
#include "protocol/text/percent_decode.hpp"
#include "protocol/text/utf8.hpp"

namespace ability {

namespace beast = boost::beast;
namespace http = beast::http;

namespace {

constexpr std::string_view token_subprotocol = "anycable-token.";

std::string from_subprotocol(const upgrade_request& request) {
  for (const auto offered : http::token_list{request[http::field::sec_websocket_protocol]})
    if (std::string_view{offered}.starts_with(token_subprotocol))
      return std::string{std::string_view{offered}.substr(token_subprotocol.size())};
  return {};
}

std::string absolute_url(bool secure, const upgrade_request& request) {
  const auto path = without_authority(request.target());
  return (secure ? "https://" : "http://") + to_utf8(request[http::field::host]) + (path.starts_with('/') ? "" : "/") +
         to_utf8(path);
}

}  // namespace

proxy_headers proxy_headers_of(const http::fields& request) {
  return {.forwarded_for = request["X-Forwarded-For"],
          .forwarded_proto = request["X-Forwarded-Proto"],
          .forwarded_host = request["X-Forwarded-Host"],
          .forwarded = request[http::field::forwarded],
          .real_ip = request["X-Real-IP"]};
}

bool is_secure(const outbox& socket, const proxied_client& told) {
  return socket.is_tls() || told.scheme == "https" || told.scheme == "wss";
}

std::string query_value(std::string_view target, std::string_view key) {
  const auto question = target.find('?');
  if (question == std::string_view::npos)
    return {};
  auto query = target.substr(question + 1);
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    if (const auto equals = pair.find('='); equals != std::string_view::npos && pair.substr(0, equals) == key)
      return percent_decode(pair.substr(equals + 1), ' ');
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return {};
}

client_handshake describe_handshake(const lane_context& where, const outbox& socket, const upgrade_request& request) {
  const auto& settings = where.settings;
  auto told = client_behind(settings.proxies, socket.peer_address(), proxy_headers_of(request));
  client_handshake known;
  known.url = absolute_url(is_secure(socket, told), request);
  for (const auto& name : settings.forwarded_headers) {
    auto value = to_utf8(request[name]);
    if (name == "cookie")
      value = keep_cookies(value, settings.forwarded_cookies);
    if (!value.empty())
      known.headers.emplace(name, std::move(value));
  }
  known.headers.insert_or_assign("REMOTE_ADDR", std::move(told.address));
  known.origin = request[http::field::origin];
  known.bound_cookies = digest_of_cookies(request[http::field::cookie], settings.bound_cookies);
  known.earlier_sid = request["X-AnyCable-Restore-Sid"];
  if (known.earlier_sid.empty())
    known.earlier_sid = query_value(request.target(), "sid");
  if (settings.token_param.empty())
    return known;
  const auto header = "x-" + settings.token_param;
  known.token = request[header];
  if (known.token.empty())
    known.token = from_subprotocol(request);
  if (!known.token.empty())
    known.headers.insert_or_assign(header, known.token);
  else
    known.token = query_value(request.target(), settings.token_param);
  return known;
}

}  // namespace ability
