/// The check of a WebSocket's Origin.
#pragma once

#include <optional>

#include "net/http/request_form.hpp"
#include "net/http/response.hpp"
#include "net/lane/lane_context.hpp"
#include "net/lane/outbox.hpp"

namespace ability {

/// Returns 403 if the Origin is not in the list of allowed ones. With `same_origin`, its host must instead equal the
/// request's Host or the host reported by a trusted proxy; a client without Origin is no browser and passes. Counts and
/// logs refusals.
std::optional<http_response> refuse_by_origin(const lane_context& where, const outbox& socket,
                                              const http_request& request);

}  // namespace ability
