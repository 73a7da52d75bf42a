/// The decision on a client that asks to be admitted.
#pragma once

#include <chrono>
#include <string>
#include <variant>
#include <vector>

#include "actors/connection/client_session.hpp"
#include "actors/node/refusal_reason.hpp"
#include "actors/sessions/session_record.hpp"
#include "protocol/app_rpc/app_rpc.hpp"
#include "protocol/auth/jwt.hpp"

namespace ability {

/// A client is admitted.
struct admission_granted {
  std::string identity;                                                    ///< never empty
  client_session::time_point expires = client_session::time_point::max();  ///< end of its token; max: never
  session_credential credential = {};                                      ///< of its token
};

/// A client is refused.
struct admission_denied {
  refusal why;
  refusal_reason reason;  ///< for metrics and the log
  std::string detail;     ///< the mistake and the remedy, for the log
  std::vector<std::string> farewells = {};
};

using admission_verdict = std::variant<admission_granted, admission_denied>;

/// The identity of a client that nothing names: its session id.
std::string public_identity(const std::string& sid);

/// Decides by the token of `request`, as checked by `verify_token`.
admission_verdict judge_token(const client_handshake& request, const token_keys& keys,
                              std::chrono::system_clock::time_point now, std::chrono::seconds leeway);

/// Decides by the application's answer to `connect` about the client `sid`.
admission_verdict judge_answer(const rpc_outcome& answer, const std::string& sid);

}  // namespace ability
