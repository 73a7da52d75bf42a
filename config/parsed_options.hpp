// Options that need more than a form check: URLs that are parsed, and lists that are compared in lower case.
#pragma once

#include <string>

#include "config/option.hpp"

namespace ability {

/// `allowed_origins`, kept in lower case.
option origins(std::string help);

/// `redis_url`. The error for an unusable URL names its fault, not only the allowed forms.
option redis_address(std::string help);

/// `rpc_host`; the error for an unusable URL names its fault.
option application_address(std::string help);

/// `jwt_jwks`: the path of a file, or a URL; the error for an unusable URL names its fault.
option key_set(std::string help);

/// `headers`, kept in lower case.
option forwarded_headers(std::string help);

/// `history_streams`: rules of streams by name.
option history_rules(std::string help);

/// `sessions_bind`: `cookies=NAMES`, or nothing.
option session_binding(std::string help);

}  // namespace ability
