/// The form in which Redis keeps a publication.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/publication/publication.hpp"

namespace ability {

/// Packs all but the stream: `1`, then `j` or `t` for JSON or text, the sizes of the excluded sid and of the type, each
/// with a `:`, then sid, type and data.
std::string pack_broadcast(const broadcast& message);

/// None: `packed` is no packed publication.
std::optional<broadcast> unpack_broadcast(std::string_view stream, std::string_view packed);

}  // namespace ability
