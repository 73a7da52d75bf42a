/// Whether the page that a WebSocket comes from may open it.
#pragma once

#include <optional>

#include "net/http/request_form.hpp"
#include "net/http/response.hpp"
#include "net/lane/lane_context.hpp"
#include "net/lane/outbox.hpp"

namespace ability {

/// Why the request's Origin is refused (403): it is not among those that are allowed; or, where only pages of this
/// server may come, its host is another than the request's Host or what a trusted proxy says that was. A client that
/// sends no Origin is no browser, and need not be of this server. Counts and logs what it refuses.
std::optional<http_answer> refuse_by_origin(const edge& where, const outlet& socket, const http_request& request);

}  // namespace ability
