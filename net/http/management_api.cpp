#include "net/http/management_api.hpp"

#include <utility>

#include "actors/stream/stream_reader.hpp"
#include "net/http/percent_decode.hpp"
#include "protocol/auth/bearer.hpp"

namespace ability {

namespace http = boost::beast::http;

std::optional<std::string> stream_of_presence_path(const edge_settings& settings, std::string_view path) {
  constexpr std::string_view before = "/presence/";
  constexpr std::string_view behind = "/users";
  std::string_view base = settings.api_path;
  if (base.ends_with('/'))
    base.remove_suffix(1);
  if (!path.starts_with(base))
    return {};
  path.remove_prefix(base.size());
  if (!path.starts_with(before) || !path.ends_with(behind) || path.size() <= before.size() + behind.size())
    return {};
  path.remove_prefix(before.size());
  path.remove_suffix(behind.size());
  return percent_decode(path, '+');
}

std::optional<http_response> refuse_presence_question(const lane_context& where, const http_request& request) {
  const auto& settings = where.settings;
  if (!settings.open_api &&
      (settings.api_key.empty() || !bearer_matches(request[http::field::authorization], settings.api_key))) {
    auto answer = plain_answer(
        http::status::unauthorized,
        settings.api_key.empty()
            ? "the API is off: start abilityd with --api-secret, --secret or --public\n"
            : "the bearer key is missing or wrong: `abilityctl key api` prints the one that is derived from --secret\n",
        request.keep_alive());
    answer.set(http::field::www_authenticate, "Bearer");
    return answer;
  }
  if (!where.home.settings.presence.on)
    return plain_answer(http::status::not_implemented, "presence is off\n", request.keep_alive());
  return {};
}

void ask_presence(lane_context& where, std::string stream, bool keep_alive, std::function<void(http_response)> later) {
  list_members(where.home, std::move(stream),
               [keep_alive, later = std::move(later)](const std::shared_ptr<const std::string>& listing) {
                 if (listing == nullptr) {
                   later(come_back_later("the stream has failed\n", keep_alive));
                   return;
                 }
                 auto answer = plain_answer(http::status::ok, *listing, keep_alive);
                 answer.set(http::field::content_type, "application/json");
                 answer.set(http::field::cache_control, "no-store");
                 later(std::move(answer));
               });
}

}  // namespace ability
