/// The common part of the routes of publications, `POST /_broadcast` and the API's `/api/publish`. Their keys are
/// checked by bearer_keys.hpp. Source: docs/protocols/publications.md "HTTP".
#pragma once

#include <optional>

#include "net/http/request_form.hpp"
#include "net/http/response.hpp"
#include "net/http/router.hpp"
#include "net/lane/lane_context.hpp"
#include "net/lane/outbox.hpp"

namespace ability {

/// Refuses a publication by its head: 400 for an id that is none, 415, or 503 while too much is pending.
std::optional<http_response> refuse_publication(const lane_context& where, const outbox& socket,
                                                const http_request& request);

/// Publishes the body, or tells what is wrong with it. 201 waits for the positions of broadcasts that may have one and
/// whose publisher is told; then the answer is none, and `later` gets it.
std::optional<http_response> publish_body(lane_context& where, const outbox& socket, const http_request& request,
                                          late_answer later);

}  // namespace ability
