/// Rules for the headers of BASP messages from a peer, one row for each operation. Internal to `protocol/basp/`.
#pragma once

#include <cstddef>

#include "protocol/basp/basp_filter.hpp"
#include "protocol/basp/basp_message.hpp"
#include "protocol/result.hpp"

namespace ability::basp {

inline constexpr std::size_t id_size = std::tuple_size_v<basp_node_id>;

/// Bytes of two node ids; a down message adds an error.
inline constexpr std::size_t monitor_size = 2 * id_size;

/// Checks flags, payload size, data and actors of a header. Returns the number of payload bytes needed to decide on the
/// message. `max_payload` is the maximum bytes of a message's payload. Errors: `wrong_value`, `too_large`.
result<std::size_t> check_inbound(const message_head& head, bool repeated_handshake, std::size_t max_payload);

/// The fault `wrong_value` of a message.
fault wrong(const message_head& head, const char* what);

}  // namespace ability::basp
