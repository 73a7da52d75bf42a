#include "net/websocket/deflate_offer.hpp"

#include <boost/beast/core/string.hpp>
#include <charconv>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "protocol/http/field_reader.hpp"

namespace ability {

namespace beast = boost::beast;

namespace {

constexpr std::string_view extension_name = "permessage-deflate";

// True for a number in the range, without leading zeros.
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

using parameters = std::vector<std::pair<std::string, std::string>>;

// Reads `;name;name=value`. Returns nothing if it is malformed.
std::optional<parameters> read_parameters(field_reader& from) {
  parameters read;
  while (from.take(';')) {
    auto name = from.token();
    const bool has_value = from.take('=');
    auto value = has_value ? from.value() : std::string{};
    if (name.empty() || !value)
      return {};
    read.emplace_back(std::move(name), std::move(*value));
  }
  return read;
}

// Returns the offer as one text; empty if it is not acceptable.
std::string usable_text(const parameters& offered) {
  std::string text{extension_name};
  std::set<std::string, beast::iless> seen;
  for (const auto& [name, value] : offered) {
    if (!is_usable(name, value) || !seen.insert(name).second)
      return {};
    text.append("; ").append(name);
    if (!value.empty())
      text.append("=").append(value);
  }
  return text;
}

}  // namespace

// Beast's own list errs at the end: an extension without parameters gets those before it, a bare parameter is lost.
std::string usable_deflate_offer(std::string_view extensions) {
  std::string usable;
  field_reader from{extensions};
  while (!from.at_end()) {
    if (from.take(','))
      continue;
    const auto name = from.token();
    const auto offered = read_parameters(from);
    if (name.empty() || !offered || (!from.at_end() && !from.take(',')))
      return {};
    if (usable.empty() && beast::iequals(name, extension_name))
      usable = usable_text(*offered);
  }
  return usable;
}

}  // namespace ability
