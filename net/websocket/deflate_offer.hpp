/// Choice among a client's offers of permessage-deflate.
#pragma once

#include <string>
#include <string_view>

namespace ability {

/// Returns the first acceptable offer in a header Sec-WebSocket-Extensions, alone; empty if there is none, to decline
/// the extension. Skips an offer with a parameter that is unknown, repeated or has an invalid value, or with
/// `server_max_window_bits=8`: zlib uses 9 instead, which the client could not read. Source: RFC 7692 sections 5.1 and
/// 7.1.
std::string usable_deflate_offer(std::string_view extensions);

}  // namespace ability
