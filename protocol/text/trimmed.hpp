/// Text without the blanks around it.
#pragma once

#include <string_view>

namespace ability {

/// `text` without the spaces and tabs at both ends.
std::string_view trimmed(std::string_view text) noexcept;

}  // namespace ability
