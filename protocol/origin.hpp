/// Which web pages may open a connection.
/// Source: anycable.md section 1.1.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ability {

/// Whether a page with this `Origin` header (empty: none was sent) may connect.
///
/// Compares `host[:port]` of the origin, whatever its case, with each entry; an entry that starts with `*` matches as a
/// suffix. Empty entries are ignored, and without any other entry everyone may. With entries, a missing or
/// unreadable origin may not.
bool origin_allowed(std::string_view origin_header, std::span<const std::string> allowed);

}  // namespace ability
