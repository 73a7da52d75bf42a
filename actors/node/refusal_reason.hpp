/// The reasons for refusals of clients, tokens, publications and monitoring programs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ability {

/// Reason why a client, a token, a publication, a call of the API or the login of a monitoring program was refused.
enum class refusal_reason : std::uint8_t {
  client_origin,        ///< the page's origin is not allowed
  client_handshake,     ///< the handshake is malformed
  client_proxy,         ///< a trusted proxy did not name its client
  client_full,          ///< at the limit of connections
  client_draining,      ///< the node accepts no new clients
  client_unauthorized,  ///< nothing admits it
  client_token,         ///< its token was refused
  client_application,   ///< the application refused it
  client_unavailable,   ///< the application could not be asked
  client_timeout,       ///< the handshake took too long
  token_missing,
  token_malformed,
  token_signature,
  token_expired,
  token_not_yet_valid,
  publication_key,  ///< the bearer key is missing or wrong
  publication_off,  ///< no key is set, so publishing is off
  publication_malformed,
  publication_too_large,
  publication_busy,      ///< too many broadcasts are pending
  api_call_key,          ///< the bearer key is missing or wrong
  api_call_off,          ///< no key is set, so the API is off
  monitor_login_secret,  ///< neither the monitor secret nor the cluster secret
};

inline constexpr std::size_t refusal_reasons = 23;

/// The name of a reason.
struct refusal_name {
  std::string_view what;    ///< `client`, `token`, `publication`, `api_call` or `monitor_login`
  std::string_view reason;  ///< as in metrics and logs
};

constexpr refusal_name name_of(refusal_reason why) noexcept {
  constexpr std::array<refusal_name, refusal_reasons> names{{
      {"client", "origin"},      {"client", "handshake"},      {"client", "proxy"},          {"client", "full"},
      {"client", "draining"},    {"client", "unauthorized"},   {"client", "token"},          {"client", "application"},
      {"client", "unavailable"}, {"client", "timeout"},        {"token", "missing"},         {"token", "malformed"},
      {"token", "signature"},    {"token", "expired"},         {"token", "not_yet_valid"},   {"publication", "key"},
      {"publication", "off"},    {"publication", "malformed"}, {"publication", "too_large"}, {"publication", "busy"},
      {"api_call", "key"},       {"api_call", "off"},          {"monitor_login", "secret"},
  }};
  return names[static_cast<std::size_t>(why)];
}

}  // namespace ability
