#include "protocol/http/proxy_headers.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/predicate.hpp>
#include <locale>
#include <optional>

#include "protocol/http/field_reader.hpp"
#include "protocol/text/trimmed.hpp"

namespace ability {
namespace {

std::string_view first_of(std::string_view list) { return trimmed(list.substr(0, list.find(','))); }

// Stores the value of a known name. False: a repeated name.
bool assign(forwarded_element& to, std::string_view name, std::string value) {
  const auto is = [&](std::string_view other) {
    return boost::algorithm::iequals(name, other, std::locale::classic());
  };
  auto* const place = is("for") ? &to.client : is("proto") ? &to.scheme : is("host") ? &to.host : nullptr;
  if (place == nullptr)
    return true;
  if (!place->empty())
    return false;
  *place = std::move(value);
  return true;
}

// Reads `name=value;name=value`; each pair may be missing.
bool read_element(field_reader& from, forwarded_element& to) {
  do {
    if (from.at_end() || from.sees(',') || from.sees(';'))
      continue;
    const auto name = from.token();
    if (name.empty() || !from.take('='))
      return false;
    auto value = from.value();
    if (!value || !assign(to, name, std::move(*value)))
      return false;
  } while (from.take(';'));
  return true;
}

// Parses an element; its values are empty if it is malformed.
forwarded_element element_of(std::string_view text) {
  field_reader from{text};
  forwarded_element element;
  return read_element(from, element) && from.at_end() ? element : forwarded_element{};
}

// True if the `"` at `place` is escaped in a quoted string.
bool is_escaped(std::string_view text, std::size_t place) {
  const auto before = text.substr(0, place);
  const auto other = before.find_last_not_of('\\');
  return (before.size() - (other == std::string_view::npos ? 0 : other + 1)) % 2 == 1;
}

// Removes the last element, after the last comma outside quotes.
std::string_view take_last(std::string_view& list) {
  bool quoted = false;
  auto front = list.size();
  for (; front > 0 && (quoted || list[front - 1] != ','); --front)
    if (list[front - 1] == '"' && !is_escaped(list, front - 1))
      quoted = !quoted;
  const auto last = list.substr(front);
  list = list.substr(0, front > 0 ? front - 1 : 0);
  return last;
}

// The form of inet_ntop, so that an address has the same text from each source.
std::string normal_address(std::string_view address) {
  constexpr std::string_view mapped{"\0\0\0\0\0\0\0\0\0\0\xff\xff", 12};
  std::array<char, sizeof(in6_addr)> bytes{};
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (inet_pton(AF_INET6, std::string{address}.c_str(), bytes.data()) != 1)
    return std::string{address};
  const bool is_mapped = std::string_view{bytes.data(), bytes.size()}.starts_with(mapped);
  inet_ntop(is_mapped ? AF_INET : AF_INET6, bytes.data() + (is_mapped ? mapped.size() : 0), text.data(), text.size());
  return text.data();
}

// Goes back from the last element while its author, `client.address`, is a trusted proxy.
proxied_client by_forwarded(const trusted_proxies& proxies, std::string_view peer, std::string_view header) {
  const auto elements = parse_forwarded(header);
  proxied_client client{.address = std::string{peer}, .scheme = {}, .host = {}};
  for (auto each = elements.rbegin(); each != elements.rend() && proxies.contain(client.address); ++each) {
    const auto next = node_address(each->client);
    if (next.empty() && each->scheme.empty() && each->host.empty())
      break;
    client.scheme = each->scheme;
    client.host = each->host;
    if (next.empty())
      break;
    client.address = normal_address(next);
  }
  return client;
}

proxied_client by_addresses(const trusted_proxies& proxies, std::string_view peer, std::string_view header) {
  proxied_client client{.address = std::string{peer}, .scheme = {}, .host = {}};
  while (!header.empty() && proxies.contain(client.address)) {
    const auto comma = header.rfind(',');
    const auto node = trimmed(header.substr(comma == std::string_view::npos ? 0 : comma + 1));
    header = header.substr(0, comma == std::string_view::npos ? 0 : comma);
    if (node.empty())
      continue;
    const auto next = node_address(node);
    if (next.empty())
      break;
    client.address = normal_address(next);
  }
  return client;
}

}  // namespace

std::vector<forwarded_element> parse_forwarded(std::string_view header) {
  std::vector<forwarded_element> elements;
  while (!header.empty())
    if (const auto text = trimmed(take_last(header)); !text.empty())
      elements.push_back(element_of(text));
  std::ranges::reverse(elements);
  return elements;
}

std::string_view node_address(std::string_view node) {
  node = trimmed(node);
  if (node.size() >= 2 && node.starts_with('"') && node.ends_with('"'))
    node = node.substr(1, node.size() - 2);
  const auto is_port = [](std::string_view text) {
    return text.empty() || (text.size() > 1 && text.starts_with(':') &&
                            text.find_first_not_of("0123456789", 1) == std::string_view::npos);
  };
  if (node.starts_with('[')) {
    const auto end = node.find(']');
    if (end == std::string_view::npos || !is_port(node.substr(end + 1)))
      return {};
    node = node.substr(1, end - 1);
    return node.find(':') != std::string_view::npos && is_address(node) ? node : std::string_view{};
  }
  if (const auto colon = node.find(':'); colon != std::string_view::npos && node.rfind(':') == colon) {
    if (!is_port(node.substr(colon)))
      return {};
    node = node.substr(0, colon);
  }
  return is_address(node) ? node : std::string_view{};
}

proxied_client client_behind(const trusted_proxies& proxies, std::string_view peer, const proxy_headers& told) {
  if (!proxies.contain(peer))
    return {.address = std::string{peer}, .scheme = {}, .host = {}};
  auto client = !told.forwarded_for.empty() ? by_addresses(proxies, peer, told.forwarded_for)
                : !told.forwarded.empty()   ? by_forwarded(proxies, peer, told.forwarded)
                                            : by_addresses(proxies, peer, told.real_ip);
  if (!told.forwarded_proto.empty())
    client.scheme = first_of(told.forwarded_proto);
  if (!told.forwarded_host.empty())
    client.host = first_of(told.forwarded_host);
  boost::algorithm::to_lower(client.scheme, std::locale::classic());
  return client;
}

}  // namespace ability
