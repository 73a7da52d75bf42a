#include "net/origin_check.hpp"

#include <string>

#include "actors/log.hpp"
#include "net/upgrade_request.hpp"
#include "protocol/origin.hpp"

namespace ability {

namespace http = boost::beast::http;

namespace {

// The front of what a client sent, as long as a log needs it.
std::string shown(std::string_view value) { return std::string{value.substr(0, 200)}; }

bool comes_from_here(const edge& where, const outlet& socket, const http_request& request) {
  const std::string_view origin = request[http::field::origin];
  if (origin.empty())
    return true;
  const auto told = client_behind(where.settings.proxies, socket.peer_address(), proxy_headers_of(request));
  const bool secure = is_secure(socket, told);
  return is_same_host(origin, request[http::field::host], secure) || is_same_host(origin, told.host, secure);
}

}  // namespace

std::optional<http_answer> refuse_by_origin(const edge& where, const outlet& socket, const http_request& request) {
  const auto& settings = where.settings;
  const bool allowed = settings.same_origin ? comes_from_here(where, socket, request)
                                            : origin_allowed(request[http::field::origin], settings.allowed_origins);
  if (allowed)
    return {};
  where.home.counters.failed_auths.add();
  log(log_level::warn, "origin refused",
      {{"origin", shown(request[http::field::origin])},
       {"host", shown(request[http::field::host])},
       {"peer", socket.peer_address()},
       {"remedy", settings.same_origin ? "name it in --allowed-origins, or * for any: its users' cookies come along"
                                       : "name it in --allowed-origins"}});
  return plain_answer(http::status::forbidden, "this origin is not allowed\n", false);
}

}  // namespace ability
