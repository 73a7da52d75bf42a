/// The bearer keys that programs show: one of publishers, one of the API.
#pragma once

#include <optional>

#include "net/http/request_form.hpp"
#include "net/http/response.hpp"
#include "net/lane/lane_context.hpp"
#include "net/lane/outbox.hpp"

namespace ability {

/// 401 without the key of publishers, counted and logged.
std::optional<http_response> refuse_without_broadcast_key(const lane_context& where, const outbox& socket,
                                                          const http_request& request);

/// 401 without the key of the API, counted and logged.
std::optional<http_response> refuse_without_api_key(const lane_context& where, const outbox& socket,
                                                    const http_request& request);

}  // namespace ability
