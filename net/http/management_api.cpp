#include "net/http/management_api.hpp"

#include <charconv>
#include <utility>

#include "actors/stream/stream_reader.hpp"
#include "net/http/bearer_keys.hpp"
#include "net/http/client_handshake.hpp"
#include "protocol/history/stream_position.hpp"
#include "protocol/text/percent_decode.hpp"

namespace ability {

namespace http = boost::beast::http;

namespace {

// -- paths ---

// The rest of `path` behind `--api-path`; none: it is not below it.
std::optional<std::string_view> below_api_path(const edge_settings& settings, std::string_view path) {
  std::string_view base = settings.api_path;
  if (base.ends_with('/'))
    base.remove_suffix(1);
  if (!path.starts_with(base))
    return {};
  return path.substr(base.size());
}

std::optional<std::string> stream_between(const edge_settings& settings, std::string_view path, std::string_view before,
                                          std::string_view behind) {
  const auto rest = below_api_path(settings, path);
  if (!rest || !rest->starts_with(before) || !rest->ends_with(behind) || rest->size() <= before.size() + behind.size())
    return {};
  return percent_decode(rest->substr(before.size(), rest->size() - before.size() - behind.size()), '+');
}

// -- the query of a question for a log ---

struct history_query_text {
  std::string limit;
  std::string since;

  explicit history_query_text(const http_request& request)
      : limit{query_value(request.target(), "limit")}, since{query_value(request.target(), "since")} {}
};

// None: it is no number from 1 to `max_history_page`.
std::optional<std::size_t> read_limit(std::string_view text) {
  if (text.empty())
    return default_history_page;
  std::size_t limit = 0;
  const auto* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, limit);
  if (error != std::errc{} || last != end || limit == 0 || limit > max_history_page)
    return {};
  return limit;
}

// -- answers ---

http_response json_answer(std::string_view json, bool keep_alive) {
  return as_json(plain_answer(http::status::ok, json, keep_alive));
}

http_response history_refusal(history_outcome why, bool keep_alive) {
  switch (why) {
    case history_outcome::other_epoch:
      return plain_answer(http::status::gone, "\"since\" is of another epoch: the log was lost since, or begun anew\n",
                          keep_alive);
    case history_outcome::ahead:
      return plain_answer(http::status::gone, "\"since\" is ahead of the log\n", keep_alive);
    case history_outcome::too_old:
      return plain_answer(http::status::gone, "some of the publications behind \"since\" are no longer kept\n",
                          keep_alive);
    default:
      return plain_answer(http::status::not_found,
                          "the stream keeps no log: with --broker auto it keeps one once a client with positions has "
                          "followed it, and --history-streams may turn it off\n",
                          keep_alive);
  }
}

// The key, and no body.
std::optional<http_response> refuse_api_question(const lane_context& where, const outbox& socket,
                                                 const http_request& request) {
  auto refused = refuse_without_api_key(where, socket, request);
  return refused ? std::move(refused) : refuse_body(request);
}

// Members that nodes share cannot be read.
http_response members_answer(const presence_answer& found, bool keep_alive) {
  if (found.listing == nullptr)
    return come_back_later(std::string{found.refusal} + ": Redis is not reached\n", keep_alive);
  return json_answer(*found.listing, keep_alive);
}

http_response stream_has_failed(bool keep_alive) { return come_back_later("the stream has failed\n", keep_alive); }

}  // namespace

bool is_api_publish_path(const edge_settings& settings, std::string_view path) {
  return below_api_path(settings, path) == "/publish";
}

std::optional<std::string> stream_of_members_path(const edge_settings& settings, std::string_view path) {
  return stream_between(settings, path, "/presence/", "/users");
}

std::optional<std::string> stream_of_history_path(const edge_settings& settings, std::string_view path) {
  return stream_between(settings, path, "/streams/", "/history");
}

std::optional<http_response> refuse_members_question(const lane_context& where, const outbox& socket,
                                                     const http_request& request) {
  if (auto refused = refuse_api_question(where, socket, request))
    return refused;
  if (!where.home.settings.presence.on)
    return plain_answer(http::status::not_implemented, "presence is off\n", request.keep_alive());
  return {};
}

std::optional<http_response> refuse_history_question(const lane_context& where, const outbox& socket,
                                                     const http_request& request) {
  if (auto refused = refuse_api_question(where, socket, request))
    return refused;
  if (where.home.settings.history.broker == history_broker::none)
    return plain_answer(http::status::not_implemented, "no history is kept: the broker is none\n",
                        request.keep_alive());
  const history_query_text query{request};
  if (!read_limit(query.limit))
    return plain_answer(http::status::bad_request,
                        "\"limit\" must be a whole number from 1 to " + std::to_string(max_history_page) + '\n',
                        request.keep_alive());
  if (!query.since.empty() && !read_position(query.since))
    return plain_answer(http::status::bad_request,
                        "\"since\" must be a position: EPOCH/OFFSET, 16 hex digits and a number\n",
                        request.keep_alive());
  return {};
}

void ask_members(lane_context& where, std::string stream, const http_request& request, late_answer later) {
  find_members(where.home, std::move(stream),
               [keep_alive = request.keep_alive(), later = std::move(later)](const presence_answer* found) {
                 later(found == nullptr ? stream_has_failed(keep_alive) : members_answer(*found, keep_alive));
               });
}

void ask_history(lane_context& where, std::string stream, const http_request& request, late_answer later) {
  const history_query_text query{request};
  find_history(where.home,
               {.stream = std::move(stream), .since = read_position(query.since), .limit = *read_limit(query.limit)},
               [keep_alive = request.keep_alive(), later = std::move(later)](const history_page* found) {
                 if (found == nullptr)
                   later(stream_has_failed(keep_alive));
                 else if (found->failure)
                   later(come_back_later(
                       "the log in Redis cannot be read: " + std::string{name_of(*found->failure)} + '\n', keep_alive));
                 else if (found->listing == nullptr)
                   later(history_refusal(found->outcome, keep_alive));
                 else
                   later(json_answer(*found->listing, keep_alive));
               });
}

}  // namespace ability
