#include "net/http/origin_check.hpp"

#include <string>

#include "net/http/client_handshake.hpp"
#include "protocol/http/origin.hpp"
#include "protocol/json/excerpt.hpp"
#include "protocol/result.hpp"

namespace ability {

namespace http = boost::beast::http;

namespace {

bool comes_from_here(const lane_context& where, const outbox& socket, const http_request& request) {
  const std::string_view origin = request[http::field::origin];
  if (origin.empty())
    return true;
  const auto told = client_behind(where.settings.proxies, socket.peer_address(), proxy_headers_of(request));
  const bool secure = is_secure(socket, told);
  return is_same_host(origin, request[http::field::host], secure) || is_same_host(origin, told.host, secure);
}

}  // namespace

std::optional<http_response> refuse_by_origin(const lane_context& where, const outbox& socket,
                                              const http_request& request) {
  const auto& settings = where.settings;
  const bool allowed = settings.same_origin ? comes_from_here(where, socket, request)
                                            : origin_allowed(request[http::field::origin], settings.allowed_origins);
  if (allowed)
    return {};
  where.home.counters.failed_auths.add();
  note_refusal(
      where.home, refusal_reason::client_origin,
      [&] { return client_behind(settings.proxies, socket.peer_address(), proxy_headers_of(request)).address; },
      "origin " + excerpt(request[http::field::origin]) + " at host " + excerpt(request[http::field::host]) +
          ": name it in --allowed-origins" +
          (settings.same_origin ? ", or * for any: its users' cookies come along" : ""));
  return plain_answer(http::status::forbidden, "this origin is not allowed\n", false);
}

}  // namespace ability
