#include "protocol/proxy_headers.hpp"

#include <algorithm>
#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/predicate.hpp>
#include <locale>
#include <optional>
#include <span>

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

bool is_token_char(char c) {
  return c > ' ' && c < '\x7f' && std::string_view{"\"(),/:;<=>?@[\\]{}"}.find(c) == std::string_view::npos;
}

// Takes a header apart from its front on.
class forwarded_reader {
public:
  explicit forwarded_reader(std::string_view text) : rest_{text} {}

  bool at_end() {
    skip_blanks();
    return rest_.empty();
  }

  bool sees(char c) {
    skip_blanks();
    return rest_.starts_with(c);
  }

  bool take(char c) {
    const bool there = sees(c);
    rest_.remove_prefix(there ? 1 : 0);
    return there;
  }

  std::string token() {
    const auto size = std::ranges::find_if_not(rest_, is_token_char) - rest_.begin();
    std::string text{rest_.substr(0, static_cast<std::size_t>(size))};
    rest_.remove_prefix(text.size());
    return text;
  }

  // Also takes an address with a port that was not put in quotes, as some proxies send it.
  std::optional<std::string> value() {
    if (rest_.starts_with('"'))
      return quoted();
    const auto size = std::min(rest_.find_first_of(" \t,;\""), rest_.size());
    std::string text{rest_.substr(0, size)};
    rest_.remove_prefix(size);
    return text.empty() ? std::nullopt : std::optional{std::move(text)};
  }

private:
  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size())); }

  std::optional<std::string> quoted() {
    std::string text;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '"') {
        rest_.remove_prefix(i + 1);
        return text;
      }
      if (rest_[i] == '\\' && ++i == rest_.size())
        break;
      text += rest_[i];
    }
    return {};
  }

  std::string_view rest_;
};

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
bool read_element(forwarded_reader& from, forwarded_element& to) {
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
  forwarded_reader from{header};
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
