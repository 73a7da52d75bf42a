#include "config/redis_url.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <optional>
#include <utility>

#include "protocol/text/host_port.hpp"
#include "protocol/text/percent_decode.hpp"

namespace ability {
namespace {

constexpr const char* only_one_server =
    "one server is named (those of a Redis Cluster by redis+cluster://, Sentinels by --redis-sentinels)";
constexpr const char* only_database = "a Redis Cluster has no database but 0";
constexpr std::string_view cluster_mark = "+cluster";

std::string must_be_redis(const char* rule) {
  return std::string{"must be "} + redis_url_forms + (rule == nullptr ? "" : std::string{", where "} + rule);
}

std::optional<int> number_up_to(std::string_view text, int max) {
  int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0 || value > max)
    return std::nullopt;
  return value;
}

// Parses `host[:port]`. Returns the violated rule; null if there is none.
const char* read_redis_address(std::string_view address, redis_host& result) {
  if (address.starts_with('[') && address.find(']') == std::string_view::npos)
    return "an IPv6 address ends with ]";
  const auto parts = split_host_port(address);
  if (!parts || parts->port == 0)
    return "the port is a number from 1 to 65535 (and an IPv6 address stands in brackets)";
  if (parts->is_bracketed && parts->host.find(':') == std::string_view::npos)
    return "only an IPv6 address stands in brackets";
  result.host = parts->host.empty() ? "localhost" : parts->host;
  result.port = parts->port.value_or(result.port);
  return nullptr;
}

// Parses `[user][:password]`. Returns the violated rule; null if there is none.
const char* read_login(std::string_view login, redis_url& result) {
  auto colon = std::min(login.find(':'), login.size());
  auto user = strict_percent_decode(login.substr(0, colon));
  auto password = strict_percent_decode(login.substr(std::min(colon + 1, login.size())));
  if (!user || !password)
    return "a % in user or password is followed by two hexadecimal digits";
  result.user = *user;
  result.password = *password;
  return nullptr;
}

const char* read_database(std::string_view text, redis_url& result) {
  const auto value = number_up_to(text, 1'000'000);
  if (!value)
    return "the database is a number from 0 to 1000000";
  result.database = *value;
  return nullptr;
}

const char* read_parameter(std::string_view key, const std::string& value, redis_url& result) {
  const auto is_one_of = [key](std::initializer_list<std::string_view> names) {
    return std::ranges::find(names, key) != names.end();
  };
  if (key == "db")
    return read_database(value, result);
  if (is_one_of({"user", "username", "password"}))
    return "user and password stand before the host, as user:password@";
  if (is_one_of({"addr", "master_set", "master_name", "masterName", "sentinels"}))
    return only_one_server;
  if (key != "skip_verify") {
    result.unused.emplace_back(key);
    return nullptr;
  }
  if (value != "true" && value != "false" && value != "1" && value != "0")
    return "skip_verify is true or false";
  result.skip_verify = value == "true" || value == "1";
  return nullptr;
}

// Parses `key=value&key=value`. Returns the violated rule; null if there is none.
const char* read_query(std::string_view query, redis_url& result) {
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto one = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const auto equals = std::min(one.find('='), one.size());
    const auto key = strict_percent_decode(one.substr(0, equals));
    const auto value = strict_percent_decode(one.substr(std::min(equals + 1, one.size())));
    if (!key || !value)
      return "a % is followed by two hexadecimal digits";
    if (const auto* rule = key->empty() ? nullptr : read_parameter(*key, *value, result))
      return rule;
  }
  return nullptr;
}

// Parses `[host][:port][/database]`. Returns the violated rule; null if there is none.
const char* read_server(std::string_view rest, redis_url& result) {
  if (rest.find(',') != std::string_view::npos)
    return only_one_server;
  const auto slash = std::min(rest.find('/'), rest.size());
  redis_host server;
  if (const auto* rule = read_redis_address(rest.substr(0, slash), server))
    return rule;
  result.host = std::move(server.host);
  result.port = server.port;
  const auto database = rest.substr(std::min(slash + 1, rest.size()));
  return database.empty() ? nullptr : read_database(database, result);
}

// Parses `[host][:port],[host][:port]...`, and a `/` behind it. Returns the violated rule; null if there is none.
const char* read_servers(std::string_view rest, redis_url& result) {
  const auto slash = std::min(rest.find('/'), rest.size());
  const auto database = rest.substr(std::min(slash + 1, rest.size()));
  if (!database.empty() && database != "0")
    return only_database;
  rest = rest.substr(0, slash);
  for (bool is_last = false; !is_last;) {
    const auto comma = rest.find(',');
    is_last = comma == std::string_view::npos;
    if (const auto* rule = read_redis_address(rest.substr(0, comma), result.cluster.emplace_back()))
      return rule;
    rest.remove_prefix(is_last ? rest.size() : comma + 1);
  }
  result.host = result.cluster.front().host;
  result.port = result.cluster.front().port;
  return nullptr;
}

const char* read_path(std::string_view rest, redis_url& result) {
  constexpr std::size_t longest = 107;  // bytes, the kernel's limit
  const auto path = strict_percent_decode(rest);
  if (!path || !path->starts_with('/') || path->size() == 1 || path->size() > longest ||
      path->find('\0') != std::string::npos)
    return "the path of the socket begins with / and has at most 107 bytes";
  result.path = *path;
  return nullptr;
}

using place_reader = const char* (*)(std::string_view where, redis_url& result);

// Parses the text after `://`. Returns the violated rule; null if there is none.
const char* read_rest(std::string_view rest, place_reader read_place, redis_url& result) {
  if (std::any_of(rest.begin(), rest.end(), [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; }))
    return "no space or control character stands";
  // A password may hold an unencoded @; a host cannot.
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    if (const auto* rule = read_login(rest.substr(0, at), result))
      return rule;
    rest.remove_prefix(at + 1);
  }
  if (rest.find('#') != std::string_view::npos)
    return "no # follows";
  const auto mark = std::min(rest.find('?'), rest.size());
  const auto where = rest.substr(0, mark);
  if (const auto* rule = read_place(where, result))
    return rule;
  if (const auto* rule = read_query(rest.substr(std::min(mark + 1, rest.size())), result))
    return rule;
  return result.cluster.empty() || result.database == 0 ? nullptr : only_database;
}

}  // namespace

bool names_redis(std::string_view url) { return !url.empty() && url != "none"; }

std::variant<redis_url, std::string> parse_redis_url(std::string_view url) {
  redis_url result;
  if (url == "none")
    return result;
  const auto colon = url.find("://");
  auto scheme = url.substr(0, std::min(colon, url.size()));
  const bool is_cluster = scheme.ends_with(cluster_mark);
  if (is_cluster)
    scheme.remove_suffix(cluster_mark.size());
  const bool is_path = scheme == "unix" && !is_cluster;
  if (colon == std::string_view::npos || (scheme != "redis" && scheme != "rediss" && !is_path))
    return must_be_redis(nullptr);
  result.tls = scheme == "rediss";
  const auto read_place = is_path ? read_path : is_cluster ? read_servers : read_server;
  if (const auto* rule = read_rest(url.substr(colon + 3), read_place, result))
    return must_be_redis(rule);
  return result;
}

}  // namespace ability
