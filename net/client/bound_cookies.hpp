/// The cookies that a session is bound to.
/// Source: docs/protocols/action-cable.md "Sessions".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ability {

/// A digest of the cookies `names` in the header Cookie: no record of a session holds what is a key to the application.
/// In the order of `names`, as a browser may send them in another one the next time. Empty without `names`.
std::string digest_of_cookies(std::string_view header, const std::vector<std::string>& names);

}  // namespace ability
