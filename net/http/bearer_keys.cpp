#include "net/http/bearer_keys.hpp"

#include <string>
#include <string_view>

#include "net/http/router.hpp"
#include "protocol/auth/bearer.hpp"

namespace ability {

namespace http = boost::beast::http;

namespace {

struct key_refusal {
  refusal_reason why;
  std::string_view what;
};

// `off`: no key is set; `wrong`: another key is shown, or none.
std::optional<http_response> refuse_without_key(const lane_context& where, const outbox& socket,
                                                const http_request& request, const std::string& key,
                                                const key_refusal& off, const key_refusal& wrong) {
  if (!key.empty() && bearer_matches(request[http::field::authorization], key))
    return {};
  const auto& [why, what] = key.empty() ? off : wrong;
  note_refusal(
      where.home, why, [&] { return sender_of(where, socket, request); }, what);
  auto answer = plain_answer(http::status::unauthorized, std::string{what} + '\n', request.keep_alive());
  answer.set(http::field::www_authenticate, "Bearer");
  return answer;
}

}  // namespace

std::optional<http_response> refuse_without_broadcast_key(const lane_context& where, const outbox& socket,
                                                          const http_request& request) {
  if (where.settings.open_broadcast)
    return {};
  return refuse_without_key(
      where, socket, request, where.settings.broadcast_key,
      {refusal_reason::publication_off, "publishing is off: start abilityd with --broadcast-key, --secret or --public"},
      {refusal_reason::publication_key,
       "the bearer key is missing or wrong: it is --broadcast-key, or else what `abilityctl key broadcast` derives "
       "from --secret"});
}

std::optional<http_response> refuse_without_api_key(const lane_context& where, const outbox& socket,
                                                    const http_request& request) {
  if (where.settings.open_api)
    return {};
  return refuse_without_key(
      where, socket, request, where.settings.api_key,
      {refusal_reason::api_call_off, "the API is off: start abilityd with --api-secret, --secret or --public"},
      {refusal_reason::api_call_key,
       "the bearer key is missing or wrong: it is --api-secret, or else what `abilityctl key api` derives from "
       "--secret"});
}

}  // namespace ability
