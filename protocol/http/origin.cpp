#include "protocol/http/origin.hpp"

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <locale>
#include <optional>

#include "protocol/http/authority.hpp"
#include "protocol/text/host_port.hpp"

namespace ability {
namespace {

constexpr std::string_view everyone = "*";
constexpr std::string_view no_origin = "none";

bool equal_texts(std::string_view a, std::string_view b) {
  return boost::algorithm::iequals(a, b, std::locale::classic());
}

bool is_scheme(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-' ||
           c == '.';
  });
}

// The origin of a web page.
struct page_origin {
  std::string_view scheme;
  authority at;

  std::optional<std::uint16_t> default_port() const {
    if (equal_texts(scheme, "http") || equal_texts(scheme, "ws"))
      return 80;
    if (equal_texts(scheme, "https") || equal_texts(scheme, "wss"))
      return 443;
    return {};
  }

  // An entry without a port stands for the scheme's default port.
  bool has_port(std::optional<std::uint16_t> wanted) const {
    const auto known = default_port();
    return (at.port ? at.port : known) == (wanted ? wanted : known);
  }
};

// Ignores a path after it, which browsers do not send.
std::optional<page_origin> parse_origin(std::string_view origin) {
  const auto scheme_end = origin.find("://");
  if (scheme_end == std::string_view::npos || !is_scheme(origin.substr(0, scheme_end)))
    return {};
  const auto rest = origin.substr(scheme_end + 3);
  // Several joined lines, or blanks that no browser sends, are invalid.
  if (rest.find_first_of(", \t") != std::string_view::npos)
    return {};
  const auto at = parse_authority(rest.substr(0, rest.find_first_of("/?#")));
  return at ? std::optional{page_origin{origin.substr(0, scheme_end), *at}} : std::nullopt;
}

// `end` is a host's suffix, with or without a port.
bool ends_with(const page_origin& page, std::string_view end) {
  const auto wanted = split_host_port(end);
  return wanted && boost::algorithm::iends_with(page.at.host, wanted->host, std::locale::classic()) &&
         page.has_port(wanted->port);
}

// Entries for clients other than web pages, even if a host has such a name.
bool names_native(std::string_view entry) { return entry == no_origin || entry == "null" || entry == "file://"; }

bool matches(const page_origin& page, std::string_view entry) {
  if (names_native(entry))
    return false;
  if (entry.starts_with('*'))
    return ends_with(page, entry.substr(1));
  const auto wanted = parse_authority(entry);
  return wanted && equal_texts(page.at.host, wanted->host) && page.has_port(wanted->port);
}

// True for an origin sent by clients other than web pages.
bool is_native(std::string_view origin, std::string_view entry) {
  return origin.empty() ? entry == no_origin : (entry == "null" || entry == "file://") && equal_texts(origin, entry);
}

}  // namespace

bool origin_allowed(std::string_view origin_header, std::span<const std::string> allowed) {
  if (std::ranges::all_of(allowed, &std::string::empty))
    return true;
  const auto page = parse_origin(origin_header);
  return std::ranges::any_of(allowed, [&](const std::string& entry) {
    return entry == everyone || is_native(origin_header, entry) || (page && !entry.empty() && matches(*page, entry));
  });
}

bool is_same_host(std::string_view origin_header, std::string_view host_header, bool secure) {
  const auto page = parse_origin(origin_header);
  const auto host = parse_authority(host_header);
  if (!page || !host || !equal_texts(page->at.host, host->host))
    return false;
  return equal_texts(page->scheme, "https") || (equal_texts(page->scheme, "http") && !secure);
}

}  // namespace ability
