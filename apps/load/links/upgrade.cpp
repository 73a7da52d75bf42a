#include "apps/load/links/upgrade.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>

namespace ability::load {

namespace {

using boost::beast::iequals;

// One constant key suffices: it only proves that the server speaks the protocol. RFC 6455 lists its answer.
constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
constexpr std::string_view http = "HTTP/1.";
constexpr const char* no_websocket = "not a WebSocket answer";

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

// The first value of a header; empty if there is none.
std::string_view field(std::string_view head, std::string_view name) {
  for (auto at = head.find("\r\n"); at + 2 < head.size(); at = head.find("\r\n", at + 2)) {
    const auto line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && iequals(line.substr(0, colon), name))
      return trimmed(line.substr(colon + 1));
  }
  return {};
}

}  // namespace

std::string upgrade_request_for(const endpoint& to, const target& given, std::string_view subprotocol) {
  const auto has = [&](std::string_view name) {
    return std::ranges::any_of(given.headers, [name](const auto& each) { return iequals(each.first, name); });
  };
  std::string out = "GET " + to.path + " HTTP/1.1\r\n";
  if (!has("host"))
    out += "Host: " + to.authority() + "\r\n";
  out.append("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ")
      .append(key)
      .append("\r\nSec-WebSocket-Protocol: ")
      .append(subprotocol)
      .append("\r\n");
  if (!given.token.empty())
    out.append("x-jid: ").append(given.token).append("\r\n");
  for (const auto& [name, value] : given.headers)
    out.append(name).append(": ").append(value).append("\r\n");
  return out += "\r\n";
}

bool looks_like_http(std::string_view front) noexcept {
  const auto size = std::min(front.size(), http.size());
  return front.substr(0, size) == http.substr(0, size);
}

std::string why_not_upgraded(std::string_view head, std::string_view subprotocol) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto status = head.substr(std::min<std::size_t>(9, head.size()), 3);
  if (!looks_like_http(head) || status.size() < 3 || head[8] != ' ' || !std::ranges::all_of(status, is_digit))
    return no_websocket;
  if (status != "101")
    return "HTTP " + std::string{status};
  if (!iequals(field(head, "Upgrade"), "websocket") || field(head, "Sec-WebSocket-Accept") != accept ||
      !field(head, "Sec-WebSocket-Extensions").empty())
    return no_websocket;
  const auto chosen = field(head, "Sec-WebSocket-Protocol");
  if (!chosen.empty() && chosen != subprotocol)
    return "another subprotocol";
  return {};
}

}  // namespace ability::load
