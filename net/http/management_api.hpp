/// The management API: AnyCable's `POST /api/publish` and `GET /api/presence/STREAM/users`, and
/// `GET /api/streams/STREAM/history`, which AnyCable does not have.
/// Source: docs/publishing.md "The API".
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "net/http/request_form.hpp"
#include "net/http/response.hpp"
#include "net/http/router.hpp"
#include "net/lane/lane_context.hpp"
#include "net/lane/outbox.hpp"

namespace ability {

/// Publications in an answer about a log: without `limit`, and with the highest one.
inline constexpr std::size_t default_history_page = 100;
inline constexpr std::size_t max_history_page = 1'000;

// Paths are those of requests, without the query.

/// True if `path` takes publications.
bool is_api_publish_path(const edge_settings& settings, std::string_view path);

/// The stream, percent-decoded, if `path` is that of its members or of its log; none: another path.
std::optional<std::string> stream_of_members_path(const edge_settings& settings, std::string_view path);
std::optional<std::string> stream_of_history_path(const edge_settings& settings, std::string_view path);

// Each refuses by the head: 401 without the key; 413 for a body; 501 if the node keeps nothing of this kind; 400 for a
// query that is not understood.

std::optional<http_response> refuse_members_question(const lane_context& where, const outbox& socket,
                                                     const http_request& request);
std::optional<http_response> refuse_history_question(const lane_context& where, const outbox& socket,
                                                     const http_request& request);

// Each asks the stream, and gives its answer to `later` on this lane. REQUIRES a request that was not refused.

void ask_members(lane_context& where, std::string stream, const http_request& request, late_answer later);
void ask_history(lane_context& where, std::string stream, const http_request& request, late_answer later);

}  // namespace ability
