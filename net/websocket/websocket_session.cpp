#include "net/websocket/websocket_session.hpp"

#include <boost/asio/post.hpp>
#include <boost/beast/websocket.hpp>
#include <utility>

#include "actors/runtime/prefetch.hpp"
#include "net/http/response.hpp"
#include "net/websocket/deflate_offer.hpp"
#include "net/websocket/websocket_frames.hpp"
#include "net/websocket/websocket_reader.hpp"

namespace ability {

namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;

websocket_session::websocket_session(lane_context& where, upgrade_order order)
    : client_transport{where},
      outbox_{std::move(order.socket)},
      handshake_{std::make_unique<handshake>(
          handshake{std::move(order.request), std::move(order.subprotocol), std::move(order.unread)})} {
  outbox_->count_sent(context_.home.counters.bytes_sent);
}

websocket_session::~websocket_session() {
  if (state_ != state::closed)
    outbox_->close();
}

// -- handshake ---

void websocket_session::begin() {
  session().start(std::shared_ptr<client_session>{shared_from_this(), &session()});
  if (session().speaks_first() && open())
    read_on();
}

client_handshake websocket_session::describe() {
  auto known = describe_handshake(context_, *outbox_, handshake_->request);
  described_ = true;
  if (state_ == state::open)
    handshake_ = nullptr;
  return known;
}

bool websocket_session::open() {
  if (state_ != state::handshaking || !upgrade())
    return false;
  state_ = state::open;
  if (handshake_->unread.empty()) {
    // Keep the reader: most clients subscribe at once, and making another costs as much as the handshake did.
    unheard_ = !session().speaks_first();
    if (!unheard_)
      reader_.reset();
  } else {
    reader_->stream.next_layer().put_back(std::move(handshake_->unread));
  }
  if (described_)
    handshake_ = nullptr;
  return true;
}

bool websocket_session::refuse(refusal why) {
  if (context_.settings.reject_by != rejection::http || state_ != state::handshaking)
    return false;
  outbox_->copy_in(to_text(why == refusal::unavailable
                               ? plain_answer(http::status::service_unavailable, "try again later\n", false)
                               : plain_answer(http::status::unauthorized, "unauthorized\n", false)));
  finish(context_.settings.close_timeout);
  return true;
}

// Makes the reader, which answers the request.
bool websocket_session::upgrade() {
  std::string agreed;
  auto& stream = make_reader().stream;
  stream.set_option(websocket::stream_base::decorator([&](websocket::response_type& response) {
    response.set(http::field::server, "abilityd");
    if (!handshake_->subprotocol.empty())
      response.set(http::field::sec_websocket_protocol, handshake_->subprotocol);
    agreed = std::string{response[http::field::sec_websocket_extensions]};
  }));
  auto& request = handshake_->request;
  if (const auto it = request.find(http::field::sec_websocket_extensions); it != request.end())
    request.set(http::field::sec_websocket_extensions, usable_deflate_offer(std::string{it->value()}));
  boost::system::error_code error;
  stream.accept(request, error);
  if (error) {  // Beast has sent the reason
    lost(context_.settings.close_timeout);
    return false;
  }
  stream.set_option(websocket::stream_base::decorator([](websocket::response_type&) {}));
  // A client that asks for a smaller window cannot inflate shared frames; it gets plain ones, which is allowed.
  deflate_ = agreed.find("server_no_context_takeover") != std::string::npos &&
             agreed.find("server_max_window_bits") == std::string::npos;
  inflate_ = !agreed.empty();
  return true;
}

// -- out ---

// Beast closes its stream before it writes a close frame; nothing may follow that.
bool websocket_session::is_open() const {
  return state_ == state::open && (reader_ == nullptr || reader_->stream.is_open());
}

bool websocket_session::write(frames_ptr frames) {
  if (!is_open())
    return false;
  if (outbox_->push(std::move(frames)))
    return true;
  if (outbox_->closing())
    lost({});
  else
    session().too_slow();
  return false;
}

bool websocket_session::send(std::string_view message, content kind) {
  auto frame = std::make_shared<std::string>();
  append_frame_header(*frame, kind == content::text ? opcode::text : opcode::binary, message.size());
  *frame += message;
  return write(std::move(frame));
}

void websocket_session::prefetch_parts() const noexcept { prefetch(outbox_.get(), outbox::hot_bytes); }

// -- end ---

void websocket_session::end(std::uint16_t code, std::string_view reason, std::string_view farewell) {
  if (is_open()) {
    if (!farewell.empty())
      outbox_->copy_in(*text_frame(farewell));
    outbox_->copy_in(close_frame(code, reason));
  }
  if (state_ != state::closed)
    finish(context_.settings.close_timeout);
}

void websocket_session::lost(std::chrono::milliseconds patience, std::string_view reason, bool may_return) {
  finish(patience);
  session().gone(reason, may_return);
}

// Stops reading; the queue may be flushed within `patience`.
void websocket_session::finish(std::chrono::milliseconds patience) {
  state_ = state::closed;
  if (patience.count() > 0)
    outbox_->begin_drain(patience);
  else
    outbox_->close();
  // Beast may be on the stack: free the reader later.
  boost::asio::post(context_.lane.io(), [self = shared_from_this()] {
    self->reader_.reset();
    self->handshake_.reset();
  });
}

}  // namespace ability
