#include "net/http/router.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <string_view>
#include <utility>

#include "actors/node/log.hpp"
#include "net/http/bearer_keys.hpp"
#include "net/http/client_handshake.hpp"
#include "net/http/management_api.hpp"
#include "net/http/metrics_page.hpp"
#include "net/http/origin_check.hpp"
#include "net/http/page/try_page.hpp"
#include "net/http/publication_route.hpp"
#include "net/http/readiness.hpp"
#include "protocol/http/path_pattern.hpp"

namespace ability {

namespace beast = boost::beast;
namespace http = beast::http;

namespace {

// The path of an origin-form or absolute-form target, without the query.
std::string_view path_of(std::string_view target) {
  const auto path = without_authority(target);
  const auto end = path.find('?');
  return end == 0 || path.empty() ? "/" : path.substr(0, end);
}

http_response not_allowed(std::string_view allowed, bool keep_alive) {
  auto answer = plain_answer(http::status::method_not_allowed, "use " + std::string{allowed} + "\n", keep_alive);
  answer.set(http::field::allow, allowed);
  return answer;
}

bool serves_clients(service at) { return at == service::clients || at == service::all; }

bool serves_broadcasts(service at) { return at == service::broadcasts || at == service::all; }

// 404; names the right path if it is served at this port.
http_response not_found(const edge_settings& settings, service serves, const http_request& request) {
  std::string text = "not found";
  if (request.method() == http::verb::post && serves_broadcasts(serves))
    text += ": publications are posted to " + settings.broadcast_path;
  else if (beast::websocket::is_upgrade(request) && serves_clients(serves))
    for (const char* before = ": clients connect to "; const auto& path : settings.cable_paths)
      text += std::exchange(before, ", ") + path;
  return plain_answer(http::status::not_found, text + '\n', request.keep_alive());
}

// The first line, without its newline.
std::string first_line(std::string_view text) { return std::string{text.substr(0, text.find('\n'))}; }

http_response metrics_answer(const lane_context& where, bool keep_alive) {
  auto answer = plain_answer(http::status::ok, render_metrics(where.home.here, where.shared), keep_alive);
  answer.set(http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
  return answer;
}

http_response page_answer(bool keep_alive) {
  auto answer = plain_answer(http::status::ok, try_page, keep_alive);
  answer.set(http::field::content_type, "text/html; charset=utf-8");
  answer.set("Content-Security-Policy", try_page_policy);
  answer.set("X-Content-Type-Options", "nosniff");
  answer.set(http::field::cache_control, "no-cache");
  return answer;
}

std::optional<http_response> refuse_any_body(const lane_context&, const outbox&, const http_request& request) {
  return refuse_body(request);
}

std::optional<http_response> refuse_without_upgrade(const lane_context&, const outbox&, const http_request& request) {
  return upgrade_required("connect here by WebSocket\n", request.keep_alive());
}

std::optional<http_response> refuse_broadcast(const lane_context& where, const outbox& socket,
                                              const http_request& request) {
  auto refused = refuse_without_broadcast_key(where, socket, request);
  return refused ? std::move(refused) : refuse_publication(where, socket, request);
}

std::optional<http_response> refuse_api_publication(const lane_context& where, const outbox& socket,
                                                    const http_request& request) {
  auto refused = refuse_without_api_key(where, socket, request);
  return refused ? std::move(refused) : refuse_publication(where, socket, request);
}

// -- the table of routes ---

bool serves_metrics(const edge_settings& settings, service at) {
  return !settings.metrics_path.empty() && (!settings.metrics_apart || at == service::operations);
}

struct route {
  bool (*matches)(const edge_settings& settings, service at, std::string_view path);
  std::string_view methods;  // allowed ones, separated by commas
  bool upgrades = false;     // a request that asks for it becomes a WebSocket
  // Refuses by the head, before the body is read; none: the body is read.
  std::optional<http_response> (*refuse)(const lane_context& where, const outbox& socket, const http_request& request);
  // Answers a complete request; null: all are refused by their heads.
  http_response (*answer)(lane_context& where, const outbox& socket, const http_request& request);
  // Instead of `answer`: may ask other actors, and then gives their answer to `later`.
  std::optional<http_response> (*ask)(lane_context& where, const outbox& socket, const http_request& request,
                                      late_answer later) = nullptr;
};

// The first match counts.
constexpr std::array<route, 10> routes{{
    {.matches = [](const edge_settings& settings, service,
                   std::string_view path) { return path == settings.health_path; },
     .methods = "GET, HEAD",
     .refuse = refuse_any_body,
     .answer = [](lane_context& where, const outbox&,
                  const http_request& request) { return health_answer(where, request.keep_alive()); }},
    {.matches = [](const edge_settings& settings, service,
                   std::string_view path) { return path == settings.live_path; },
     .methods = "GET, HEAD",
     .refuse = refuse_any_body,
     .answer =
         [](lane_context&, const outbox&, const http_request& request) {
           return plain_answer(http::status::ok, "ok\n", request.keep_alive());
         }},
    {.matches = [](const edge_settings& settings, service,
                   std::string_view path) { return path == settings.ready_path; },
     .methods = "GET, HEAD",
     .refuse = refuse_any_body,
     .answer = [](lane_context& where, const outbox&,
                  const http_request& request) { return ready_answer(where, request.keep_alive()); }},
    {.matches = [](const edge_settings& settings, service at,
                   std::string_view path) { return serves_metrics(settings, at) && path == settings.metrics_path; },
     .methods = "GET, HEAD",
     .refuse = refuse_any_body,
     .answer = [](lane_context& where, const outbox&,
                  const http_request& request) { return metrics_answer(where, request.keep_alive()); }},
    {.matches = [](const edge_settings& settings, service at,
                   std::string_view path) { return serves_broadcasts(at) && path == settings.broadcast_path; },
     .methods = "POST",
     .refuse = refuse_broadcast,
     .answer = nullptr,
     .ask = publish_body},
    {.matches = [](const edge_settings& settings, service at,
                   std::string_view path) { return serves_broadcasts(at) && is_api_publish_path(settings, path); },
     .methods = "POST",
     .refuse = refuse_api_publication,
     .answer = nullptr,
     .ask = publish_body},
    {.matches = [](const edge_settings& settings, service at,
                   std::string_view path) { return serves_broadcasts(at) && stream_of_members_path(settings, path); },
     .methods = "GET, HEAD",
     .refuse = refuse_members_question,
     .answer = nullptr,
     .ask = [](lane_context& where, const outbox&, const http_request& request,
               late_answer later) -> std::optional<http_response> {
       ask_members(where, *stream_of_members_path(where.settings, path_of(request.target())), request,
                   std::move(later));
       return {};
     }},
    {.matches = [](const edge_settings& settings, service at,
                   std::string_view path) { return serves_broadcasts(at) && stream_of_history_path(settings, path); },
     .methods = "GET, HEAD",
     .refuse = refuse_history_question,
     .answer = nullptr,
     .ask = [](lane_context& where, const outbox&, const http_request& request,
               late_answer later) -> std::optional<http_response> {
       ask_history(where, *stream_of_history_path(where.settings, path_of(request.target())), request,
                   std::move(later));
       return {};
     }},
    {.matches =
         [](const edge_settings& settings, service at, std::string_view path) {
           return serves_clients(at) &&
                  std::ranges::any_of(settings.cable_paths, [&](const auto& each) { return path_matches(each, path); });
         },
     .methods = "GET",
     .upgrades = true,
     .refuse = refuse_without_upgrade,
     .answer = nullptr},
    {.matches = [](const edge_settings& settings, service at,
                   std::string_view path) { return serves_clients(at) && settings.page && path == "/"; },
     .methods = "GET, HEAD",
     .refuse = refuse_any_body,
     .answer = [](lane_context&, const outbox&,
                  const http_request& request) { return page_answer(request.keep_alive()); }},
}};

// Returns null if there is none.
const route* route_of(const lane_context& where, service at, const http_request& request) {
  const auto path = path_of(request.target());
  const auto* const found =
      std::ranges::find_if(routes, [&](const route& each) { return each.matches(where.settings, at, path); });
  return found == routes.end() ? nullptr : found;
}

bool allows(const route& at, const http_request& request) {
  const auto method = request.method_string();
  return at.methods == method || (at.methods.starts_with("GET, ") && (method == "GET" || method == "HEAD"));
}

// Returns the first supported protocol that the client offers; else the one for clients that offer none.
const client_protocol& protocol_of(const lane_context& where, const http_request& request) {
  const auto& all = *where.protocols;
  for (const auto offered : http::token_list{request[http::field::sec_websocket_protocol]}) {
    const auto found = std::ranges::find(all, std::string_view{offered}, &client_protocol::subprotocol);
    if (found != all.end() && !found->subprotocol.empty())
      return *found;
  }
  return *std::ranges::find(all, std::string_view{}, &client_protocol::subprotocol);
}

}  // namespace

bool is_upgrade(const lane_context& where, service serves, const http_request& request) {
  const auto* const found = route_of(where, serves, request);
  return found != nullptr && found->upgrades && beast::websocket::is_upgrade(request);
}

std::string sender_of(const lane_context& where, const outbox& socket, const http_request& request) {
  return client_behind(where.settings.proxies, socket.peer_address(), proxy_headers_of(request)).address;
}

std::variant<const client_protocol*, http_response> check_upgrade(const lane_context& where, const outbox& socket,
                                                                  const http_request& request) {
  const auto refuse = [&](refusal_reason why, std::string_view detail, http_response answer) {
    note_refusal(
        where.home, why, [&] { return sender_of(where, socket, request); }, detail);
    return answer;
  };
  if (auto refused = refuse_handshake_by_form(request)) {
    const auto detail = first_line(refused->body());  // before the answer is moved
    return refuse(refusal_reason::client_handshake, detail, std::move(*refused));
  }
  if (auto refused = refuse_by_origin(where, socket, request))
    return std::move(*refused);
  if (where.shared.stopping.load(std::memory_order_relaxed))
    return refuse(refusal_reason::client_draining, "the server is stopping",
                  come_back_later("the server is stopping\n", false));
  if (const auto why = why_no_room(where); !why.empty())
    return refuse(reason_of_no_room(where), why, come_back_later(std::string{why} + "\n", false));
  return &protocol_of(where, request);
}

std::optional<http_response> refuse_by_head(const lane_context& where, service serves, const outbox& socket,
                                            const http_request& request) {
  const auto* const found = route_of(where, serves, request);
  if (found == nullptr)
    return not_found(where.settings, serves, request);
  if (!allows(*found, request))
    return not_allowed(found->methods, request.keep_alive());
  return found->refuse(where, socket, request);
}

std::optional<http_response> answer_to(lane_context& where, service serves, const outbox& socket,
                                       const http_request& request, late_answer later) {
  const auto* const found = route_of(where, serves, request);
  if (found != nullptr && found->ask != nullptr)
    return found->ask(where, socket, request, std::move(later));
  return found == nullptr || found->answer == nullptr ? not_found(where.settings, serves, request)
                                                      : found->answer(where, socket, request);
}

}  // namespace ability
