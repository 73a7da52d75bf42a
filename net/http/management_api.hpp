/// The members of a stream for programs: `GET /api/presence/STREAM/users`.
/// Source: docs/reliable-streams.md "Presence".
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "net/http/request_form.hpp"
#include "net/http/response.hpp"
#include "net/lane/lane_context.hpp"

namespace ability {

/// The stream, percent-decoded, if `path` is that of its members; none: another path.
std::optional<std::string> stream_of_presence_path(const edge_settings& settings, std::string_view path);

/// 401 without the key, 501 if the node keeps no presence; none: the question may be asked.
std::optional<http_response> refuse_presence_question(const lane_context& where, const http_request& request);

/// Asks the stream. `later` gets the answer on this lane.
void ask_presence(lane_context& where, std::string stream, bool keep_alive, std::function<void(http_response)> later);

}  // namespace ability
