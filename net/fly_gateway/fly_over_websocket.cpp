// A WebSocket session whose client speaks FlyRPC.
#include <utility>

#include "net/websocket/websocket_reader.hpp"
#include "protocol/fly/packet.hpp"

namespace ability {

// Upgraded at once: a client that is refused is told so by a packet.
void websocket_session::begin_fly() {
  fly_ = std::make_unique<fly_client>(edge_, static_cast<fly_wire&>(*this));
  sid_ = fly_->sid();
  fly_->start(std::shared_ptr<outbox>{shared_from_this(), fly_.get()});
  if (upgrade())
    begin_to_read();
}

client_handshake websocket_session::describe() {
  return describe_handshake(edge_, *outlet_, std::exchange(handshake_, nullptr)->request);
}

void websocket_session::on_packet(std::string_view bytes) {
  if (!reader_->stream.got_binary()) {
    close({}, 1003, "one binary message is one packet");
    return;
  }
  if (!fly::whole_packet(bytes)) {
    close({}, 1002, "the message is not as long as its packet says");
    return;
  }
  paused_ = true;
  fly_->feed(bytes);
  reader_->buffer.clear();
  if (state_ == state::open && fly_->wants_more())
    read_on();
}

void websocket_session::read_on() {
  if (std::exchange(paused_, false) && state_ == state::open)
    read();
}

bool websocket_session::write(frames_ptr frames, std::uint64_t) { return queue(std::move(frames)); }

}  // namespace ability
