/// Patterns of names.
#pragma once

#include <string_view>

namespace ability {

/// True if `text` fits `pattern`, in which each `*` stands for any text. If `text` is a pattern, too: true if all texts
/// that fit it fit `pattern`.
bool fits_pattern(std::string_view pattern, std::string_view text) noexcept;

}  // namespace ability
