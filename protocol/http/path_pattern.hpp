/// Patterns of the paths for clients.
#pragma once

#include <string_view>

namespace ability {

/// True if `path`, without its query, matches `pattern`: a `{name}` segment matches one non-empty segment, a `*` at the
/// end matches any rest.
bool path_matches(std::string_view pattern, std::string_view path) noexcept;

}  // namespace ability
