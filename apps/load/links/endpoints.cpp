#include "apps/load/links/endpoints.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>

#include "protocol/text/host_port.hpp"
#include "protocol/text/percent_decode.hpp"

namespace ability::load {

namespace {

struct scheme_rule {
  std::string_view name;
  std::uint16_t port;  // 0: required
  bool has_path;
};

constexpr std::array<scheme_rule, 8> rules{{{"ws", 80, true},
                                            {"wss", 443, true},
                                            {"http", 80, true},
                                            {"https", 443, true},
                                            {"redis", 6379, true},
                                            {"tcp", 0, false},
                                            {"tls", 0, false},
                                            {"udp", 0, false}}};

std::string lower(std::string_view text) {
  std::string out{text};
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return out;
}

bool is_plain(char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f; }

bool is_field_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

bool is_field_value(char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f); }

// The fault of a header; empty if there is none.
std::string complaint_about(const std::pair<std::string, std::string>& header) {
  const auto name = lower(header.first);
  if (name.empty() || !std::ranges::all_of(name, is_field_name))
    return "a header's name is letters, digits and hyphens, found \"" + header.first + '"';
  if (!std::ranges::all_of(header.second, is_field_value))
    return "the value of the header " + header.first + " must have no control characters";
  if (name.starts_with("sec-websocket-") || name == "upgrade" || name == "connection" || name == "content-length")
    return "the header " + header.first + " is part of the handshake and cannot be set";
  return {};
}

std::string look_up(endpoint& where, std::string_view url) {
  boost::system::error_code error;
  if (const auto literal = boost::asio::ip::make_address(where.host, error); !error) {
    where.addresses = {literal};
    return {};
  }
  boost::asio::io_context io;
  for (const auto& each : boost::asio::ip::tcp::resolver{io}.resolve(where.host, "", error))
    where.addresses.push_back(each.endpoint().address());
  if (error || where.addresses.empty())
    return "the host of " + without_secrets(url) + " cannot be resolved: " + error.message() + "; check the name";
  std::stable_partition(where.addresses.begin(), where.addresses.end(), [](const auto& each) { return each.is_v4(); });
  return {};
}

}  // namespace

std::string endpoint::authority() const { return host_port(host, port); }

std::string without_secrets(std::string_view url) {
  const auto scheme_end = url.find("://");
  const auto begin = scheme_end == std::string_view::npos ? 0 : scheme_end + 3;
  const auto rest = url.substr(begin, url.find_first_of("?#", begin) - begin);
  // A text without a scheme is no URL, and may have a user anywhere.
  const auto at = (begin == 0 ? rest : rest.substr(0, rest.find('/'))).rfind('@');
  return std::string{url.substr(0, begin)}.append(at == std::string_view::npos ? rest : rest.substr(at + 1));
}

endpoint_result parse_endpoint(std::string_view url) {
  const auto wrong = [url](std::string_view why) {
    return endpoint_result{
        boost::system::in_place_error,
        '"' + without_secrets(url) + "\" is no URL of a server: " + std::string{why} +
            "; it is like ws://host:port/path, http://host:port/path, redis://host:port or tcp://host:port"};
  };
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos)
    return wrong("it does not begin with a scheme");
  if (!std::ranges::all_of(url, is_plain))
    return wrong("it has a space or a control character");
  endpoint out;
  out.scheme = lower(url.substr(0, scheme_end));
  const auto* const rule = std::ranges::find(rules, std::string_view{out.scheme}, &scheme_rule::name);
  if (rule == rules.end())
    return wrong("the scheme " + out.scheme + " is none of ws, wss, http, https, redis, tcp, tls and udp");
  auto rest = url.substr(scheme_end + 3);
  rest = rest.substr(0, rest.find('#'));
  const auto path = rest.find_first_of("/?");
  out.path = path == std::string_view::npos ? "/" : std::string{rest[path] == '?' ? "/" : ""}.append(rest.substr(path));
  if (!rule->has_path && out.path != "/")
    return wrong("a path has no meaning with " + out.scheme);
  rest = rest.substr(0, path);
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    if (out.scheme != "redis")
      return wrong("a user and password are for Redis; give clients a token, publishers a broadcast key");
    const auto login = rest.substr(0, at);
    const auto colon = std::min(login.find(':'), login.size());
    out.user = percent_decode(login.substr(0, colon), '+');
    out.password = percent_decode(login.substr(std::min(colon + 1, login.size())), '+');
    rest.remove_prefix(at + 1);
  }
  if (rest.starts_with('[') && rest.find(']') == std::string_view::npos)
    return wrong("the bracket of an IPv6 address is not closed");
  const auto parts = split_host_port(rest);
  if (!parts || parts->port == 0)
    return wrong("the port is a number from 1 to 65535");
  out.port = parts->port.value_or(rule->port);
  if (out.port == 0)
    return wrong("the port is missing");
  if (parts->host.empty() || parts->host.find_first_of("[]@") != std::string_view::npos)
    return wrong("the host is missing");
  out.host = parts->host;
  return out;
}

namespace {

using schemes = std::initializer_list<std::string_view>;

// Reads a URL and looks up its address. Returns a complaint, or nothing.
std::string add(std::vector<endpoint>& to, std::string_view url, schemes fitting, std::string_view purpose) {
  auto parsed = parse_endpoint(url);
  if (!parsed)
    return parsed.error();
  if (std::ranges::find(fitting, parsed->scheme) == fitting.end())
    return '"' + without_secrets(url) + "\" does not fit: " + std::string{purpose};
  if (auto why = look_up(*parsed, url); !why.empty())
    return why;
  to.push_back(std::move(*parsed));
  return {};
}

std::string add_all(std::vector<endpoint>& to, const std::vector<std::string>& urls, schemes fitting,
                    std::string_view purpose) {
  for (const auto& url : urls)
    if (auto why = add(to, url, fitting, purpose); !why.empty())
      return why;
  return {};
}

std::string add_redis(reachable_target& to, const target& where) {
  std::vector<endpoint> redis;
  if (auto why = add(redis, where.redis, {"redis"}, "Redis is at a URL that begins with redis://"); !why.empty())
    return why;
  to.redis = std::move(redis.front());
  const auto database = std::string_view{to.redis->path}.substr(1);
  if (!std::ranges::all_of(database, [](char c) { return c >= '0' && c <= '9'; }))
    return '"' + without_secrets(where.redis) +
           "\" does not fit: behind the port there may be the number of a database";
  return {};
}

std::string add_servers(reachable_target& to, const target& where) {
  auto why = add_all(to.cable, where.cable, {"ws", "wss"}, "clients connect to a URL that begins with ws:// or wss://");
  if (why.empty())
    why = add_all(to.fly, where.fly, {"tcp", "tls", "udp"},
                  "FlyRPC is at a URL that begins with tcp://, tls:// or udp://");
  if (why.empty())
    why = add_all(to.http, where.http, {"http", "https"}, "publications are posted to a URL with http:// or https://");
  if (!why.empty())
    return why;
  if (where.http.empty() && !to.cable.empty()) {
    auto beside = to.cable.front();
    beside.scheme = beside.secure() ? "https" : "http";
    beside.path = "/_broadcast";
    to.http.push_back(std::move(beside));
  }
  return where.redis.empty() ? std::string{} : add_redis(to, where);
}

std::string complaint_about_texts(const target& where) {
  for (const auto& header : where.headers)
    if (auto why = complaint_about(header); !why.empty())
      return why;
  for (const auto& secret : {where.token, where.broadcast_key})
    if (!std::ranges::all_of(secret, is_plain))
      return "a token or broadcast key must have no spaces or control characters";
  return {};
}

}  // namespace

target_result reach(const target& where) {
  auto made = std::make_shared<reachable_target>();
  made->given = where;
  if (auto why = add_servers(*made, where); !why.empty())
    return why;
  if (auto why = complaint_about_texts(where); !why.empty())
    return why;
  const auto secure = [](const std::vector<endpoint>& all) { return std::ranges::any_of(all, &endpoint::secure); };
  if (secure(made->cable) || secure(made->fly) || secure(made->http)) {
    auto loaded = fly::tls_context::for_client(where.ca_file, true);
    if (!loaded)
      return loaded.error() + "; give a PEM file with the authorities to trust";
    made->tls = std::move(*loaded);
  }
  return std::shared_ptr<const reachable_target>{std::move(made)};
}

}  // namespace ability::load
