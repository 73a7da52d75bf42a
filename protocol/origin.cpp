#include "protocol/origin.hpp"

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <locale>

namespace ability {
namespace {

/// `host[:port]` of `scheme://host[:port]`; empty if there is none, as in "null".
std::string_view host_of(std::string_view origin) noexcept {
  const auto scheme_end = origin.find("://");
  if (scheme_end == std::string_view::npos) {
    return {};
  }
  origin.remove_prefix(scheme_end + 3);
  return origin.substr(0, origin.find_first_of("/?#"));
}

bool matches(std::string_view host, std::string_view entry) {
  if (entry.starts_with('*')) {
    return boost::algorithm::iends_with(host, entry.substr(1), std::locale::classic());
  }
  return boost::algorithm::iequals(host, entry, std::locale::classic());
}

}  // namespace

bool origin_allowed(std::string_view origin_header, std::span<const std::string> allowed) {
  if (std::ranges::all_of(allowed, &std::string::empty)) {
    return true;
  }
  const auto host = host_of(origin_header);
  return !host.empty() &&
         std::ranges::any_of(allowed, [host](const std::string& entry) { return matches(host, entry); });
}

}  // namespace ability
