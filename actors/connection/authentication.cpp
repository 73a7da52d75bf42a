#include "actors/connection/authentication.hpp"

namespace ability {

namespace {

refusal_reason token_fault(errc code) noexcept {
  switch (code) {
    case errc::expired:
      return refusal_reason::token_expired;
    case errc::not_yet_valid:
      return refusal_reason::token_not_yet_valid;
    case errc::bad_signature:
      return refusal_reason::token_signature;
    default:
      return refusal_reason::token_malformed;
  }
}

}  // namespace

std::string public_identity(const std::string& sid) { return R"({"sid":")" + sid + R"("})"; }

admission_verdict judge_token(const client_handshake& request, const token_keys& keys,
                              std::chrono::system_clock::time_point now, std::chrono::seconds leeway) {
  auto claims = verify_token(request.token, keys, now, leeway);
  if (!claims) {
    const auto& [code, detail] = claims.error();
    return admission_denied{code == errc::expired ? refusal::token_expired : refusal::unauthorized,
                            request.token.empty() ? refusal_reason::token_missing : token_fault(code), detail};
  }
  admission_granted granted{.identity = std::move(claims->identity),
                            .credential = {true, owner_of(claims->issuer, claims->subject)}};
  if (claims->expires)
    granted.expires = client_session::time_point{std::chrono::seconds{*claims->expires}};
  return granted;
}

admission_verdict judge_answer(const rpc_outcome& answer, const std::string& sid) {
  const auto* reply = std::get_if<rpc_reply>(&answer);
  if (reply == nullptr)
    return admission_denied{refusal::unavailable, refusal_reason::client_unavailable,
                            std::get<rpc_error>(answer).detail};
  switch (reply->status) {
    case rpc_status::success:
      return admission_granted{reply->identity.empty() ? public_identity(sid) : reply->identity};
    case rpc_status::failure:
      return admission_denied{refusal::unauthorized, refusal_reason::client_application,
                              "the application does not let it in", reply->transmissions};
    case rpc_status::error:
      break;
  }
  return admission_denied{refusal::unavailable, refusal_reason::client_unavailable, reply->error_message};
}

}  // namespace ability
