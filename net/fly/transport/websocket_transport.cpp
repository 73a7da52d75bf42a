#include "net/fly/transport/websocket_transport.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <optional>
#include <utility>

#include "net/fly/transport/packets.hpp"
#include "net/fly/transport/websocket_stream.hpp"
#include "protocol/text/utf8.hpp"

namespace ability::fly {

namespace websocket = boost::beast::websocket;

using boost::system::error_code;

namespace {

constexpr std::size_t kept_capacity = 8'192;  // bytes of buffer kept by an idle connection
constexpr std::size_t max_reason = 123;       // bytes in a close frame

std::optional<packet> packet_of(const boost::beast::flat_buffer& message, profile how) {
  return whole_packet({static_cast<const char*>(message.data().data()), message.size()}, how);
}

}  // namespace

struct websocket_transport::parts {
  std::unique_ptr<socket_type> socket;
  boost::beast::flat_buffer message = {};
};

websocket_transport::websocket_transport(std::unique_ptr<socket_type> socket, profile how)
    : stream_{socket->next_layer().target()},
      parts_{std::make_unique<parts>(parts{.socket = std::move(socket)})},
      how_{how} {
  parts_->socket->binary(true);
  parts_->socket->auto_fragment(false);
  parts_->socket->read_message_max(max_packet);
}

websocket_transport::~websocket_transport() { stream_->drain(); }

std::string websocket_transport::peer() const { return text_of(stream_->peer()); }

void websocket_transport::start(events on) {
  on_.fill(std::move(on));
  stream_->on_broken([weak = weak_from_this()](const std::string& why) {
    if (const auto self = weak.lock())
      self->on_.end(why);
  });
  if (!paused_)
    read();
}

// -- in ---

void websocket_transport::read() {
  reading_ = true;
  parts_->socket->async_read(parts_->message,
                             [self = shared_from_this()](error_code error, std::size_t) { self->on_read(error); });
}

void websocket_transport::on_read(error_code error) {
  if (!on_)
    return;
  if (error) {
    on_error(error);
  } else if (!parts_->socket->got_binary()) {
    refuse(websocket::close_code::unknown_data, "text is no packet");
  } else if (!packet_of(parts_->message, how_)) {
    refuse(websocket::close_code::protocol_error, "a message whose length does not agree with its header");
  } else if (paused_) {
    held_ = true;
    reading_ = false;
  } else {
    deliver();
  }
}

void websocket_transport::deliver() {
  auto& message = parts_->message;
  reading_ = true;
  on_.packet(*packet_of(message, how_));
  reading_ = false;
  message.clear();
  if (message.capacity() > kept_capacity)
    message.shrink_to_fit();
  if (on_ && !paused_)
    read();
}

void websocket_transport::resume() {
  paused_ = false;
  if (reading_ || !on_)
    return;
  const auto self = shared_from_this();
  if (std::exchange(held_, false))
    deliver();
  else
    read();
}

// -- out ---

// Synchronous, as writing only queues.
void websocket_transport::send(std::string_view packets) {
  for_each_packet(packets, [this](std::string_view each) {
    error_code ignored;
    if (parts_->socket->is_open())
      parts_->socket->write(boost::asio::buffer(each.data(), each.size()), ignored);
  });
}

// -- end ---

void websocket_transport::on_error(error_code error) {
  const auto& reason = parts_->socket->reason();
  std::string why;
  if (error == websocket::error::message_too_big || error == websocket::error::buffer_overflow)
    why = "a message that is longer than any packet";
  else if (error != websocket::error::closed)
    why = error.message();
  else if (reason.code != websocket::close_code::normal && reason.code != websocket::close_code::going_away &&
           reason.code != websocket::close_code::none)
    why = "closed by the peer with code " + std::to_string(reason.code) + ": " +
          std::string{reason.reason.data(), reason.reason.size()};
  // Beast has already sent any required close frame.
  stream_->drain();
  on_.end(why);
}

void websocket_transport::refuse(std::uint16_t code, const std::string& why) {
  say_close(code, why);
  on_.end(why);
}

void websocket_transport::close(std::string_view why) {
  on_.drop(get_executor());
  say_close(websocket::close_code::normal, why);
}

void websocket_transport::say_close(std::uint16_t code, std::string_view why) {
  stream_->limit();
  if (!parts_->socket->is_open())
    return;
  why = utf8_prefix(why, max_reason);
  parts_->socket->async_close({static_cast<websocket::close_code>(code), {why.data(), why.size()}},
                              [self = shared_from_this()](error_code error) {
                                if (error)
                                  self->stream_->drain();
                              });
}

}  // namespace ability::fly
