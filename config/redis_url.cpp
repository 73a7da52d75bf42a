#include "config/redis_url.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace ability {
namespace {

constexpr auto is_hex = [](char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
};

std::string must_be(const char* rule) {
  std::string form = "must be redis://[[user]:password@]host[:port][/database]";
  return rule == nullptr ? form : form + ", where " + rule;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    if (text.size() - i < 3 || !is_hex(text[i + 1]) || !is_hex(text[i + 2]))
      return std::nullopt;
    unsigned value = 0;
    std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16);
    result += static_cast<char>(value);
    i += 2;
  }
  return result;
}

std::optional<int> number_up_to(std::string_view text, int max) {
  int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0 || value > max)
    return std::nullopt;
  return value;
}

// Takes `host[:port]` apart; the rule it breaks, or nothing.
const char* read_address(std::string_view address, redis_url& result) {
  auto port = std::string_view{};
  if (address.starts_with('[')) {
    auto close = address.find(']');
    if (close == std::string_view::npos)
      return "an IPv6 address ends with ]";
    result.host = address.substr(1, close - 1);
    if (result.host.find(':') == std::string::npos)
      return "only an IPv6 address stands in brackets";
    port = address.substr(close + 1);
  } else {
    auto colon = std::min(address.find(':'), address.size());
    result.host = address.substr(0, colon);
    port = address.substr(colon);
  }
  if (result.host.empty())
    return "the host is not empty";
  if (port.empty())
    return nullptr;
  auto value = port.starts_with(':') ? number_up_to(port.substr(1), 65'535) : std::nullopt;
  if (value.value_or(0) == 0)
    return "the port is a number from 1 to 65535 (and an IPv6 address stands in brackets)";
  result.port = static_cast<std::uint16_t>(*value);
  return nullptr;
}

// Takes `[user][:password]` apart; the rule it breaks, or nothing.
const char* read_login(std::string_view login, redis_url& result) {
  auto colon = std::min(login.find(':'), login.size());
  auto user = percent_decode(login.substr(0, colon));
  auto password = percent_decode(login.substr(std::min(colon + 1, login.size())));
  if (!user || !password)
    return "a % in user or password is followed by two hexadecimal digits";
  result.user = *user;
  result.password = *password;
  if (!result.user.empty() && result.password.empty())
    return "a user comes with a password (and a password alone stands after a colon)";
  return nullptr;
}

}  // namespace

std::variant<redis_url, std::string> parse_redis_url(std::string_view url) {
  constexpr std::string_view scheme = "redis://";
  if (url.starts_with("rediss://"))
    return std::string{"must begin with redis://, because TLS to Redis (rediss://) is not supported"};
  if (!url.starts_with(scheme))
    return must_be(nullptr);
  url.remove_prefix(scheme.size());
  if (std::any_of(url.begin(), url.end(), [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; }))
    return must_be("no space or control character stands");
  redis_url result;
  // A password may hold an @ that nobody encoded; a host cannot.
  if (auto at = url.rfind('@'); at != std::string_view::npos) {
    if (auto rule = read_login(url.substr(0, at), result))
      return must_be(rule);
    url.remove_prefix(at + 1);
  }
  if (url.find_first_of("?#") != std::string_view::npos)
    return must_be("nothing follows the database");
  if (url.find(',') != std::string_view::npos)
    return must_be("one server is named");
  auto slash = std::min(url.find('/'), url.size());
  if (auto rule = read_address(url.substr(0, slash), result))
    return must_be(rule);
  auto database = url.substr(std::min(slash + 1, url.size()));
  if (!database.empty()) {
    auto value = number_up_to(database, 1'000'000);
    if (!value)
      return must_be("the database is a number from 0 to 1000000");
    result.database = *value;
  }
  return result;
}

}  // namespace ability
