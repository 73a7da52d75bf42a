/// Percent-encoded parts of URLs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ability {

/// Decodes `%41`; other text stays as it is, but `+` becomes `plus`: a space in a query, itself in a path.
std::string percent_decode(std::string_view text, char plus);

/// The same, and a `+` is itself; none: a `%` stands without two hexadecimal digits.
std::optional<std::string> strict_percent_decode(std::string_view text);

}  // namespace ability
