#include "protocol/proxy_headers.hpp"

#include <algorithm>
#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/predicate.hpp>
#include <locale>
#include <optional>
#include <span>

#include "protocol/field_reader.hpp"

namespace ability {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string_view first_of(std::string_view list) { return trimmed(list.substr(0, list.find(','))); }

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> parts;
  for (;;) {
    const auto comma = std::min(list.find(','), list.size());
    parts.emplace_back(trimmed(list.substr(0, comma)));
    if (comma == list.size())
      return parts;
    list.remove_prefix(comma + 1);
  }
}

// Puts the value where it belongs, unless it is of no use here. False: it was there already.
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

// Reads `name=value;name=value`, of which any may be left out.
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

// The index of the first from the end that is no proxy itself, or the last before what is no address; none: `peer` is
// no proxy, or nobody is told.
std::optional<std::size_t> index_behind(const trusted_proxies& proxies, std::string_view peer,
                                        std::span<const std::string> nodes) {
  std::optional<std::size_t> found;
  for (auto i = nodes.size(); i > 0 && proxies.contain(peer); --i) {
    const auto next = node_address(nodes[i - 1]);
    if (next.empty())
      break;
    peer = next;
    found = i - 1;
  }
  return found;
}

proxied_client by_forwarded(const trusted_proxies& proxies, std::string_view peer, std::string_view header) {
  const auto elements = parse_forwarded(header);
  std::vector<std::string> nodes;
  nodes.reserve(elements.size());
  for (const auto& each : elements)
    nodes.push_back(each.client);
  const auto at = index_behind(proxies, peer, nodes);
  if (!at)
    return {.address = std::string{peer}, .scheme = {}, .host = {}};
  return {.address = std::string{node_address(nodes[*at])}, .scheme = elements[*at].scheme, .host = elements[*at].host};
}

proxied_client by_addresses(const trusted_proxies& proxies, std::string_view peer, std::string_view header) {
  const auto nodes = split(header);
  const auto at = index_behind(proxies, peer, nodes);
  return {.address = std::string{at ? node_address(nodes[*at]) : peer}, .scheme = {}, .host = {}};
}

}  // namespace

std::vector<forwarded_element> parse_forwarded(std::string_view header) {
  std::vector<forwarded_element> elements;
  field_reader from{header};
  while (!from.at_end()) {
    if (from.take(','))
      continue;
    if (!read_element(from, elements.emplace_back()) || (!from.at_end() && !from.take(',')))
      return {};
  }
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
