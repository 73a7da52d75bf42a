/// The routes: which request gets which answer.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "net/http/client_protocol.hpp"
#include "net/http/request_form.hpp"
#include "net/http/response.hpp"
#include "net/lane/lane_context.hpp"
#include "net/lane/outbox.hpp"

namespace ability {

/// True if the request asks for a WebSocket at one of the cable's paths.
bool is_upgrade(const lane_context& where, service serves, const http_request& request);

/// The address of the sender, for the log: the client behind trusted proxies.
std::string sender_of(const lane_context& where, const outbox& socket, const http_request& request);

/// Returns the protocol of an upgrade, or a refusal: for a wrong form, 403 for an Origin that is not allowed, 503 at
/// the limit of connections.
std::variant<const client_protocol*, http_response> check_upgrade(const lane_context& where, const outbox& socket,
                                                                  const http_request& request);

/// Refuses a well-formed request before its body is read: 401, 404, 405, 413, 415, 426, or 503 while too much is
/// pending.
std::optional<http_response> refuse_by_head(const lane_context& where, service serves, const outbox& socket,
                                            const http_request& request);

/// Receives the answer to a request that other actors are asked about, on the lane of the request.
using late_answer = std::function<void(http_response)>;

/// Answers a complete request accepted by `refuse_by_head`. Publishes the body of a publication. None: `later` gets the
/// answer, once.
std::optional<http_response> answer_to(lane_context& where, service serves, const outbox& socket,
                                       const http_request& request, late_answer later);

}  // namespace ability
