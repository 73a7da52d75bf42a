/// The upgrade of a connection to a WebSocket that carries packets, on either side.
/// Source: RFC 6455 section 4; docs/protocols/flyrpc.md "WebSocket".
#pragma once

#include <boost/system/result.hpp>
#include <functional>
#include <memory>
#include <string>

#include "net/fly/transport/transport.hpp"
#include "net/io/byte_stream.hpp"
#include "protocol/fly/address.hpp"

namespace ability::fly {

/// The subprotocol: one binary message is one packet.
inline constexpr const char* websocket_subprotocol = "flyrpc.v1";

/// Receives a transport or the error. Not called if `stream` is closed meanwhile.
using upgrade_done = std::function<void(boost::system::result<transport_ptr, std::string>)>;

/// The client's side: requests the path of `where`.
void async_upgrade(const byte_stream_ptr& stream, const address& where, profile how, upgrade_done done);

/// The server's side. Answers a request that is not a FlyRPC upgrade at `path` with the reason, and closes `stream`.
void async_accept(const byte_stream_ptr& stream, const std::string& path, profile how, upgrade_done done);

}  // namespace ability::fly
