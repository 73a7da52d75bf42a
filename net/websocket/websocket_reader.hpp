/// What a WebSocket session has only while it needs it. With Beast: include it in sources only.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <memory>
#include <string>
#include <utility>

#include "net/lane/unfinished_input.hpp"
#include "net/websocket/coalescing_stream.hpp"
#include "net/websocket/websocket_session.hpp"

namespace ability {

/// Beast's stream, while the client is saying something.
struct websocket_session::reader {
  reader(outlet& socket, coalescing_stream::gate before_read) : stream{socket, std::move(before_read)} {}

  boost::beast::websocket::stream<coalescing_stream> stream;
  boost::beast::flat_buffer buffer;
  std::unique_ptr<unfinished_message> unfinished;  // null: no message waits for its rest
  bool used = false;                               // has read what it was made for
};

/// What is kept until the client is let in.
struct websocket_session::handshake final : stoppable {
  handshake(websocket_session& of, upgrade_request asked, std::string agreed, std::string rest)
      : owner{of}, request{std::move(asked)}, subprotocol{std::move(agreed)}, unread{std::move(rest)} {}

  void stop() override { owner.refuse(refusal::unavailable, {}); }

  websocket_session& owner;
  upgrade_request request;
  std::string subprotocol;
  std::string unread;
};

}  // namespace ability
