/// Offers of permessage-deflate by clients.
#pragma once

#include <string>
#include <string_view>

namespace ability {

/// The first offer in a header Sec-WebSocket-Extensions that can be agreed to, alone; empty if there is none, and the
/// extension is then declined. An offer is passed over if a parameter of it is unknown, there twice or has no value
/// that it may have, or if it asks for `server_max_window_bits=8`: zlib makes 9 of that, which the client could not
/// read. Source: RFC 7692 sections 5.1 and 7.1.
std::string usable_deflate_offer(std::string_view extensions);

}  // namespace ability
