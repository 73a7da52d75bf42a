// Options whose values are more than texts of a form: URLs that are parsed, lists that are compared in lower case.
#pragma once

#include <string>

#include "config/option.hpp"

namespace ability {

/// `allowed_origins`, kept in lower case.
option origins(std::string help);

/// `redis_url`. A URL that cannot be used is refused with its fault, not only with the forms that are allowed.
option redis_address(std::string help);

/// `rpc_host`, refused likewise.
option application_address(std::string help);

/// `jwt_jwks`: the path of a file, or a URL, which is refused likewise.
option key_set(std::string help);

/// `headers`, kept in lower case.
option forwarded_headers(std::string help);

}  // namespace ability
