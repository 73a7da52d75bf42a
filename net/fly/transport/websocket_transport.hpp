/// FlyRPC over WebSocket: one packet per binary message.
/// Source: docs/protocols/flyrpc.md "WebSocket"; RFC 6455 section 7.4 for the codes.
#pragma once

#include <memory>
#include <string>

#include "net/fly/transport/event_slot.hpp"
#include "net/fly/transport/transport.hpp"
#include "net/io/byte_stream.hpp"

namespace boost::beast::websocket {
template <class NextLayer, bool deflateSupported>
class stream;
}

namespace ability::fly {

class beast_stream;

/// For either side. Closes the connection on a message that is not a packet: text with 1003 (or 1007 if it is not
/// UTF-8), a length that does not match the header with 1002, more than a packet's maximum with 1009.
class websocket_transport final : public transport, public std::enable_shared_from_this<websocket_transport> {
public:
  using socket_type = boost::beast::websocket::stream<beast_stream, false>;

  /// `socket` has completed its handshake.
  websocket_transport(std::unique_ptr<socket_type> socket, profile how);
  ~websocket_transport() override;

  executor get_executor() const override { return stream_->get_executor(); }
  void start(events on) override;
  void send(std::string_view packets) override;
  std::size_t queued() const override { return stream_->queued(); }
  void pause() override { paused_ = true; }
  void resume() override;
  void close(std::string_view why) override;
  std::size_t max_buffer() const override { return fly::max_buffer; }
  std::string peer() const override;

private:
  struct parts;  // Beast's state

  void read();
  void on_read(boost::system::error_code error);
  void deliver();
  void on_error(boost::system::error_code error);
  void refuse(std::uint16_t code, const std::string& why);
  void say_close(std::uint16_t code, std::string_view why);

  byte_stream_ptr stream_;
  std::unique_ptr<parts> parts_;
  event_slot on_;
  profile how_;
  bool paused_ = false;
  bool reading_ = false;  // a read is pending, or its message is being delivered
  bool held_ = false;     // a message arrived while paused
};

}  // namespace ability::fly
