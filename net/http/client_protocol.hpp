/// The client protocols that a WebSocket can carry.
#pragma once

#include <string>
#include <string_view>

#include "net/http/client_handshake.hpp"
#include "net/lane/lane_context.hpp"
#include "net/lane/outbox.hpp"

namespace ability {

/// A connection that is to become a WebSocket.
struct upgrade_order {
  outbox::pointer socket;
  upgrade_request request;
  std::string subprotocol;  ///< the agreed one; empty: none
  std::string unread;       ///< bytes received behind the request
};

/// One row of the table of protocols (`lane_context::protocols`).
struct client_protocol {
  std::string_view subprotocol;  ///< of `Sec-WebSocket-Protocol`; empty: if no other one was offered
  void (*start)(lane_context& where, upgrade_order order);  ///< begins a session, which owns itself
};

}  // namespace ability
