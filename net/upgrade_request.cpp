#include "net/upgrade_request.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <charconv>
#include <string>
#include <string_view>

#include "protocol/utf8.hpp"

namespace ability {

namespace beast = boost::beast;
namespace http = beast::http;

namespace {

constexpr std::string_view token_subprotocol = "anycable-token.";

std::string percent_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ptr == text.data() + i + 3) {
      decoded += static_cast<char>(value);
      i += 2;
    } else {
      decoded += text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

std::string from_query(std::string_view target, std::string_view key) {
  const auto question = target.find('?');
  if (question == std::string_view::npos)
    return {};
  auto query = target.substr(question + 1);
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    if (const auto equals = pair.find('='); equals != std::string_view::npos && pair.substr(0, equals) == key)
      return percent_decode(pair.substr(equals + 1));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return {};
}

std::string from_subprotocol(const upgrade_request& request) {
  for (const auto offered : http::token_list{request[http::field::sec_websocket_protocol]})
    if (std::string_view{offered}.starts_with(token_subprotocol))
      return std::string{std::string_view{offered}.substr(token_subprotocol.size())};
  return {};
}

// The lines of a header joined in their order. A proxy may add a line of its own below what the client made up.
std::string all_of(const upgrade_request& request, std::string_view name) {
  std::string all;
  for (auto [it, end] = request.equal_range(name); it != end; ++it)
    all.append(all.empty() ? "" : ", ").append(it->value());
  return all;
}

std::string absolute_url(bool tls, bool believe, const upgrade_request& request) {
  const std::string_view target = request.target();
  if (!target.starts_with('/'))
    return to_utf8(target);
  // Of several the first: each proxy adds what it was spoken to with.
  const auto forwarded = all_of(request, "X-Forwarded-Proto");
  const auto first = std::string_view{forwarded}.substr(0, forwarded.find_first_of(", "));
  const bool secure = tls || (believe && (beast::iequals(first, "https") || beast::iequals(first, "wss")));
  return (secure ? "https://" : "http://") + to_utf8(request[http::field::host]) + to_utf8(target);
}

}  // namespace

client_handshake describe_handshake(const edge& where, const outlet& socket, const upgrade_request& request) {
  const auto& settings = where.settings;
  const auto peer = socket.peer_address();
  client_handshake known;
  known.url = absolute_url(socket.is_tls(), settings.proxies.contain(peer), request);
  for (const auto& name : settings.forwarded_headers) {
    auto value = to_utf8(request[name]);
    if (name == "cookie")
      value = keep_cookies(value, settings.forwarded_cookies);
    if (!value.empty())
      known.headers.emplace(name, std::move(value));
  }
  known.headers.insert_or_assign("REMOTE_ADDR",
                                 settings.proxies.client_behind(peer, all_of(request, "X-Forwarded-For")));
  if (settings.token_param.empty())
    return known;
  const auto header = "x-" + settings.token_param;
  known.token = request[header];
  if (known.token.empty())
    known.token = from_subprotocol(request);
  if (!known.token.empty())
    known.headers.insert_or_assign(header, known.token);
  else
    known.token = from_query(request.target(), settings.token_param);
  return known;
}

}  // namespace ability
