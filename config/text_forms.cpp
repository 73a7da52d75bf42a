#include "config/text_forms.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "protocol/text/host_port.hpp"

namespace ability::forms {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool is_visible(char c) { return c > 0x20 && c < 0x7f; }
bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool all_of(std::string_view text, bool (*test)(char)) { return std::all_of(text.begin(), text.end(), test); }

bool is_plain(std::string_view text) { return std::none_of(text.begin(), text.end(), is_control); }

bool is_host(std::string_view text) {
  return !text.empty() && all_of(text, [](char c) {
    return is_alphanumeric(c) || std::string_view{".-_:%"}.find(c) != std::string_view::npos;
  });
}

bool is_path(std::string_view text) {
  return text.starts_with('/') && all_of(text, is_visible) && text.find_first_of("?#*,") == std::string_view::npos;
}

// True for `{name}`, the only form of a segment with a brace.
bool is_placeholder(std::string_view segment) {
  return segment.size() > 2 && segment.starts_with('{') && segment.ends_with('}') &&
         all_of(segment.substr(1, segment.size() - 2), [](char c) { return is_alphanumeric(c) || c == '_'; });
}

bool is_path_pattern(std::string_view text) {
  if (text.ends_with('*'))
    text.remove_suffix(1);
  if (!is_path(text))
    return false;
  while (!text.empty()) {
    text.remove_prefix(1);
    const auto segment = text.substr(0, text.find('/'));
    if (segment.find_first_of("{}") != std::string_view::npos && !is_placeholder(segment))
      return false;
    text.remove_prefix(segment.size());
  }
  return true;
}

bool is_name(std::string_view text) {
  return !text.empty() && all_of(text, [](char c) { return is_alphanumeric(c) || c == '-' || c == '_'; });
}

bool is_cookie(std::string_view text) {
  return !text.empty() && all_of(text, is_visible) && text.find_first_of("=;,") == std::string_view::npos;
}

bool is_address_range(std::string_view text) {
  const auto slash = std::min(text.find('/'), text.size());
  const std::string address{text.substr(0, slash)};
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  const bool v6 = address.find(':') != std::string::npos;
  if (inet_pton(v6 ? AF_INET6 : AF_INET, address.c_str(), bytes.data()) != 1)
    return false;
  unsigned bits = 0;
  const auto digits = text.substr(std::min(slash + 1, text.size()));
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  return slash == text.size() ||
         (error == std::errc{} && end == digits.data() + digits.size() && bits <= (v6 ? 128 : 32));
}

// True for `host`, `host:port`, and `*` followed by the end of one: patterns for the Origin of a page.
bool is_origin(std::string_view text) {
  if (text == "*" || text == "file://")
    return true;
  const bool is_end = text.starts_with('*');
  text.remove_prefix(is_end ? 1 : 0);
  const auto parts = split_host_port(text);
  if (!parts)
    return false;
  if (parts->is_bracketed) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    return !is_end && inet_pton(AF_INET6, std::string{parts->host}.c_str(), bytes.data()) == 1;
  }
  return (is_end || !parts->host.empty()) &&
         all_of(parts->host, [](char c) { return is_alphanumeric(c) || c == '.' || c == '-' || c == '_'; });
}

bool is_endpoint(std::string_view text) {
  const auto parts = split_host_port(text);
  return parts && parts->port && is_host(parts->host);
}

bool is_fly_address(std::string_view text) {
  const auto scheme = text.substr(0, std::min(text.find("://"), text.size()));
  if (scheme != "tcp" && scheme != "tls" && scheme != "udp")
    return false;
  return is_endpoint(text.substr(std::min(scheme.size() + 3, text.size())));
}

}  // namespace

const text_form host{"HOST", "a host name or an IP address (IPv6 without brackets)", is_host};
const text_form absolute_path{"PATH", "a path that begins with / and has no space, *, ?, # or comma", is_path};
const text_form path_or_none{"PATH", "a path that begins with / and has no space, *, ?, # or comma, or none",
                             [](std::string_view text) { return text == "none" || is_path(text); }};
const text_form path_pattern{
    "PATHS", "paths with commas between them, each beginning with /, * only at an end, {name} for a segment",
    is_path_pattern};
const text_form origin{
    "HOSTS",
    "hosts without scheme, with commas between them, like example.com,*.example.com,localhost:3000, and none, "
    "null or file://",
    is_origin};
const text_form file{"FILE", "the path of a file", is_plain};
const text_form secret{"TEXT", "a text without control characters", is_plain};
const text_form bearer_key{"TEXT", "visible ASCII characters without spaces",
                           [](std::string_view text) { return all_of(text, is_visible); }};
const text_form channel{"NAME", "a name without control characters",
                        [](std::string_view text) { return !text.empty() && is_plain(text); }};

const text_form key_prefix{"NAME", "a name without spaces, control characters and braces", [](std::string_view text) {
                             return !text.empty() && all_of(text, is_visible) &&
                                    text.find_first_of("{}") == std::string_view::npos;
                           }};

const text_form token_name{"NAME", "a name of letters, digits, - and _", is_name};
const text_form header{"NAMES", "names of headers with commas between them", is_name};
const text_form cookie{"NAMES", "names of cookies with commas between them", is_cookie};
const text_form fly_address{
    "ADDRESSES", "tcp://host:port, tls://host:port or udp://host:port, with commas between them", is_fly_address};
const text_form address_range{"ADDRESSES", "IP addresses or networks with commas between them, like 10.0.0.0/8,::1",
                              is_address_range};
const text_form endpoint{"HOST:PORT", "host:port (IPv6 in brackets)",
                         [](std::string_view text) { return text.empty() || is_endpoint(text); }};
const text_form endpoints{"ADDRESSES", "host:port (IPv6 in brackets), with commas between them", is_endpoint};
const text_form node_name{"NAME", "at most 64 visible ASCII characters without spaces",
                          [](std::string_view text) { return text.size() <= 64 && all_of(text, is_visible); }};
const text_form dependency{"NAMES", "redis, app, or both with a comma between them",
                           [](std::string_view text) { return text == "redis" || text == "app"; }};
const text_form adapter{
    "NAMES", "http, redis or redisx, or some of them with commas between them",
    [](std::string_view text) { return text == "http" || text == "redis" || text == "redisx" || text == "nats"; }};

}  // namespace ability::forms
