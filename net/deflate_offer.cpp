#include "net/deflate_offer.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <charconv>
#include <set>

namespace ability {

namespace beast = boost::beast;
namespace http = beast::http;

namespace {

constexpr std::string_view extension_name = "permessage-deflate";

// A number without leading zeros.
bool is_between(std::string_view text, int least, int most) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && text.front() != '0' && value >= least &&
         value <= most;
}

bool is_usable(std::string_view name, std::string_view value) {
  if (beast::iequals(name, "server_no_context_takeover") || beast::iequals(name, "client_no_context_takeover"))
    return value.empty();
  if (beast::iequals(name, "server_max_window_bits"))
    return is_between(value, 9, 15);
  return beast::iequals(name, "client_max_window_bits") && (value.empty() || is_between(value, 8, 15));
}

// The offer as one text; empty if it cannot be agreed to.
std::string usable_text(const http::param_list& parameters) {
  std::string text{extension_name};
  std::set<std::string, beast::iless> seen;
  for (const auto& [name, value] : parameters) {
    if (!is_usable(name, value) || !seen.emplace(name).second)
      return {};
    text.append("; ").append(name);
    if (!value.empty())
      text.append("=").append(value);
  }
  return text;
}

}  // namespace

std::string usable_deflate_offer(std::string_view extensions) {
  // Beast gives the last extension the parameters of the one before it if it has none and nothing follows.
  const auto followed = std::string{extensions} + ',';
  for (const auto& [name, parameters] : http::ext_list{followed})
    if (beast::iequals(name, extension_name))
      if (auto text = usable_text(parameters); !text.empty())
        return text;
  return {};
}

}  // namespace ability
