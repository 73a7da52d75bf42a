/// Parts of a WebSocket session that exist only when needed. They use Beast: include this in sources only.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <memory>
#include <string>
#include <utility>

#include "net/lane/coalescing_stream.hpp"
#include "net/lane/unfinished_input.hpp"
#include "net/websocket/websocket_session.hpp"

namespace ability {

/// Beast's stream, while the client sends a message.
struct websocket_session::reader {
  reader(outbox& socket, coalescing_stream::gate before_read) : stream{socket, std::move(before_read)} {}

  boost::beast::websocket::stream<coalescing_stream> stream;
  boost::beast::flat_buffer buffer;
  std::unique_ptr<unfinished_message> unfinished;  // null: no message is incomplete
  bool used = false;                               // has read the message it was made for
};

/// The request and the bytes behind it.
struct websocket_session::handshake {
  upgrade_request request;
  std::string subprotocol;
  std::string unread;
};

}  // namespace ability
