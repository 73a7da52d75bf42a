/// Paths that clients may connect to.
#pragma once

#include <string_view>

namespace ability {

/// Whether `path`, without its query, is one that `pattern` stands for: a `{name}` segment stands for one segment that
/// is not empty, a `*` at the end for any rest.
bool path_matches(std::string_view pattern, std::string_view path) noexcept;

}  // namespace ability
