/// Excerpts of refused input, for messages.
#pragma once

#include <string>
#include <string_view>

namespace ability {

/// The beginning of `input` in double quotes, suitable for a `fault::detail`: valid UTF-8 on one line, at most 64 bytes
/// of the input.
std::string excerpt(std::string_view input);

}  // namespace ability
