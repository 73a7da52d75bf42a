#include "net/http/publication_route.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/beast/core/string.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "actors/broadcast/publication_receipt.hpp"
#include "actors/ingress/ingress.hpp"
#include "actors/node/log.hpp"
#include "actors/stream/history/log_bounds.hpp"
#include "protocol/history/stream_position.hpp"
#include "protocol/http/gzip.hpp"
#include "protocol/publication/publication.hpp"
#include "protocol/publication/publication_id.hpp"
#include "protocol/result.hpp"
#include "protocol/text/trimmed.hpp"

namespace ability {

namespace beast = boost::beast;
namespace http = beast::http;

namespace {

using positions = publication_receipt::positions;

constexpr std::string_view id_field = "Idempotency-Key";
constexpr std::string_view position_field = "Ability-Position";
constexpr std::string_view json_type = "application/json";

bool is_gzip(const http_request& request) {
  const auto coding = request[http::field::content_encoding];
  return beast::iequals(coding, "gzip") || beast::iequals(coding, "x-gzip");
}

bool has_unknown_coding(const http_request& request) {
  const auto coding = request[http::field::content_encoding];
  return !coding.empty() && !beast::iequals(coding, "identity") && !is_gzip(request);
}

// True if the request names JSON as a type that it takes.
bool asks_for_json(const http_request& request) {
  for (std::string_view rest = request[http::field::accept]; !rest.empty();) {
    const auto end = std::min(rest.find(','), rest.size());
    const auto type = rest.substr(0, end);
    if (beast::iequals(trimmed(type.substr(0, type.find(';'))), json_type))
      return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

// `["EPOCH/OFFSET",null,…]`
std::string positions_json(const positions& all) {
  std::string text = "[";
  for (const auto& at : all) {
    if (text.size() > 1)
      text += ',';
    text += at ? '"' + to_string(*at) + '"' : "null";
  }
  return text + ']';
}

// The parts of a request that its answer depends on.
struct answer_form {
  bool is_batch;
  bool as_json;  // of a batch only
  bool keep_alive;

  bool tells_positions() const noexcept { return !is_batch || as_json; }
};

http_response created(const positions& at, const answer_form& how) {
  if (how.as_json) {
    auto answer = plain_answer(http::status::created, positions_json(at), how.keep_alive);
    answer.set(http::field::content_type, json_type);
    return answer;
  }
  auto answer = plain_answer(http::status::created, "", how.keep_alive);
  if (!how.is_batch && at.front())
    answer.set(position_field, to_string(*at.front()));
  return answer;
}

// 504: it may have been published. 503: it was not; or, of a batch, not all of it.
http_response refused_by_log(redis_failure why, const answer_form& how) {
  if (is_not_run(why))
    return come_back_later("the log in Redis does not take publications: " + std::string{name_of(why)} + '\n',
                           how.keep_alive);
  return plain_answer(http::status::gateway_timeout,
                      "the log in Redis did not answer, so this may be published: the same again with an " +
                          std::string{id_field} + " is published once\n",
                      how.keep_alive);
}

bool may_get_positions(const lane_home& home, const std::vector<broadcast>& all) {
  const bool tells_repeats = knows_ids(home.settings.history);
  return std::ranges::any_of(
      all, [&](const broadcast& one) { return (tells_repeats && !one.id.empty()) || may_get_position(home, one); });
}

std::optional<http_response> publish_and_tell(lane_context& where, publication what, const answer_form& how,
                                              late_answer later) {
  const auto* const broadcasts = std::get_if<std::vector<broadcast>>(&what);
  const auto count = broadcasts == nullptr ? 1 : broadcasts->size();
  const bool has_to_know = how.tells_positions() || where.home.store != nullptr;
  if (broadcasts == nullptr || !has_to_know || !may_get_positions(where.home, *broadcasts)) {
    publish(where.home, std::move(what), scope::everywhere);
    return how.as_json ? created(positions(count), how) : plain_answer(http::status::created, "", how.keep_alive);
  }
  auto told = [&lane = where.lane, how, later = std::move(later)](const publication_outcome& got) {
    auto answer = got.failure ? refused_by_log(*got.failure, how) : created(got.positions, how);
    if (lane.on_own_thread())
      later(std::move(answer));
    else
      boost::asio::post(lane.io(), [later, answer = std::move(answer)]() mutable { later(std::move(answer)); });
  };
  publish(where.home, std::move(what), scope::everywhere,
          std::make_shared<publication_receipt>(count, std::move(told)));
  return {};
}

}  // namespace

std::optional<http_response> refuse_publication(const lane_context& where, const outbox& socket,
                                                const http_request& request) {
  const auto note = [&](refusal_reason why, std::string_view detail) {
    note_refusal(
        where.home, why, [&] { return sender_of(where, socket, request); }, detail);
  };
  if (has_unknown_coding(request)) {
    constexpr std::string_view what = "Content-Encoding can only be gzip";
    where.home.counters.failed_broadcasts.add();
    note(refusal_reason::publication_malformed, what);
    auto answer = plain_answer(http::status::unsupported_media_type, std::string{what} + '\n', false);
    answer.set(http::field::accept_encoding, "gzip");
    return answer;
  }
  if (request.count(id_field) > 0 && !is_publication_id(request[id_field])) {
    const auto what = std::string{id_field} + " must be " + std::string{publication_id_form};
    where.home.counters.failed_broadcasts.add();
    note(refusal_reason::publication_malformed, what);
    return plain_answer(http::status::bad_request, what + '\n', request.keep_alive());
  }
  if (where.home.here.gate.full()) {
    where.home.counters.refused_broadcasts.add();
    note(refusal_reason::publication_busy, "too many broadcasts are pending");
    return come_back_later("too many broadcasts are pending\n", request.keep_alive());
  }
  return {};
}

std::optional<http_response> publish_body(lane_context& where, const outbox& socket, const http_request& request,
                                          late_answer later) {
  const auto refuse = [&](http::status status, refusal_reason why, const std::string& detail) {
    where.home.counters.failed_broadcasts.add();
    note_refusal(
        where.home, why, [&] { return sender_of(where, socket, request); }, detail);
    return plain_answer(status, detail + '\n', request.keep_alive());
  };
  result<std::string> unpacked;
  if (is_gzip(request))
    unpacked = unpack_gzip(request.body(), where.settings.max_broadcast_size);
  if (!unpacked)
    return unpacked.error().code == errc::too_large
               ? refuse(http::status::payload_too_large, refusal_reason::publication_too_large, unpacked.error().detail)
               : refuse(http::status::bad_request, refusal_reason::publication_malformed, unpacked.error().detail);
  const std::string_view body = is_gzip(request) ? *unpacked : request.body();
  auto what = decode_publication(body, request[id_field]);
  if (!what)
    return refuse(http::status::unprocessable_entity, refusal_reason::publication_malformed, what.error().detail);
  const bool batch = is_batch(body);
  return publish_and_tell(
      where, std::move(*what),
      {.is_batch = batch, .as_json = batch && asks_for_json(request), .keep_alive = request.keep_alive()},
      std::move(later));
}

}  // namespace ability
