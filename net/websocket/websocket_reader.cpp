// What a WebSocket session's client says, and the reader that exists only meanwhile.
#include <array>
#include <boost/asio/post.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/zlib/error.hpp>
#include <caf/send.hpp>
#include <utility>

#include "actors/connection/connection.hpp"
#include "actors/messages.hpp"
#include "actors/node/log.hpp"
#include "net/websocket/websocket_reader.hpp"
#include "protocol/action_cable/messages.hpp"

namespace ability {

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;

namespace {

// A connection that was accepted once and is woken needs its stream in the state after the handshake, so the same kind
// of request is accepted again and the answer thrown away.
const upgrade_request& canned_request(bool deflate) {
  static const auto make = [](bool with_deflate) {
    upgrade_request request{http::verb::get, "/", 11};
    request.set(http::field::host, "localhost");
    request.set(http::field::upgrade, "websocket");
    request.set(http::field::connection, "Upgrade");
    request.set(http::field::sec_websocket_version, "13");
    request.set(http::field::sec_websocket_key, "dGhlIHNhbXBsZSBub25jZQ==");
    if (with_deflate)
      request.set(http::field::sec_websocket_extensions,
                  "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
    return request;
  };
  static const auto plain = make(false);
  static const auto deflated = make(true);
  return deflate ? deflated : plain;
}

}  // namespace

websocket_session::reader& websocket_session::make_reader() {
  reader_ = std::make_unique<reader>(*outlet_, [this] { return park(); });
  auto& stream = reader_->stream;
  stream.read_message_max(fly_ != nullptr ? fly::max_packet : edge_.settings.max_message_size);
  stream.next_layer().on_bytes = [this](std::string_view bytes) {
    edge_.home.counters.bytes_received.add(bytes.size());
    scanner_.feed(bytes);
    reader_->used = true;
    if (pongs_ != nullptr)
      pongs_->heard();
  };
  if (edge_.settings.compression && fly_ == nullptr) {
    websocket::permessage_deflate how;
    how.server_enable = true;
    how.server_no_context_takeover = true;
    how.client_no_context_takeover = true;
    stream.set_option(how);
  }
  return *reader_;
}

void websocket_session::wait_for_client() {
  outlet_->async_wait_readable([self = shared_from_this()](boost::system::error_code error) {
    if (self->state_ != state::open)
      return;
    if (error)
      self->end({});
    else
      self->hear();
  });
}

// Only who has said something needs a reader; many just go.
void websocket_session::hear() {
  std::array<char, 4'096> bytes;
  boost::system::error_code error;
  const auto got = outlet_->read_some(boost::asio::buffer(bytes), error);
  if (error == boost::asio::error::would_block) {
    wait_for_client();
    return;
  }
  if (error) {
    end(edge_.settings.close_timeout);
    return;
  }
  if (!std::exchange(unheard_, false))
    wake();
  reader_->stream.next_layer().put_back({bytes.data(), got});
  read();
}

// A client that is in no hurry to speak is kept as small as one that has spoken.
void websocket_session::rest() {
  if (std::exchange(unheard_, false))
    reader_.reset();
}

void websocket_session::wake() {
  auto& stream = make_reader().stream;
  boost::system::error_code error;
  stream.next_layer().swallow_output(true);
  stream.accept(canned_request(inflate_), error);
  stream.next_layer().swallow_output(false);
}

void websocket_session::read() {
  reader_->stream.async_read(reader_->buffer,
                             [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                               if (self->state_ != state::open)
                                 return;
                               if (error)
                                 self->on_error(error);
                               else
                                 self->on_message();
                             });
}

// Beast has told the client what it violated, but for what is wrong in what was compressed: there it only fails.
void websocket_session::on_error(boost::system::error_code error) {
  if (error == websocket::error::message_too_big || error == websocket::error::buffer_overflow)
    edge_.home.counters.hit(limit::message_size);
  if (error.category() != beast::zlib::make_error_code(beast::zlib::error::general).category()) {
    end(edge_.settings.close_timeout);
    return;
  }
  // RFC 7692 section 7.2.3.4 allows that a message ends its deflate stream, but Beast does not inflate what follows.
  const bool is_final = error == beast::zlib::error::end_of_stream;
  const std::string_view reason = is_final ? "final deflate blocks are not supported" : "malformed compression";
  outlet_->copy_in(close_frame(is_final ? 1003 : 1007, reason));
  end(edge_.settings.close_timeout, reason);
}

// Beast asks for more bytes; between messages it then holds none, and can be done without until the client goes on.
bool websocket_session::park() {
  if (state_ != state::open || !reader_->used || !reader_->stream.is_open())
    return false;
  if (!scanner_.between_messages())
    return refuse_to_wait();
  boost::asio::post(edge_.lane.io(), [self = shared_from_this()] {
    if (self->state_ != state::open)
      return;
    self->reader_.reset();
    self->wait_for_client();
  });
  return true;
}

// A message has begun. True: its rest is not waited for.
bool websocket_session::refuse_to_wait() {
  auto& waiting = reader_->unfinished;
  if (waiting == nullptr)
    waiting =
        std::make_unique<unfinished_message>(edge_, [this] { close({}, 1008, "the message took too long to come"); });
  if (waiting->hold(sizeof(reader) + reader_->buffer.capacity()))
    return false;
  close({}, 1013, "too many messages are not whole yet");
  return true;
}

void websocket_session::on_message() {
  auto& counters = edge_.home.counters;
  auto& buffer = reader_->buffer;
  reader_->unfinished.reset();
  if (fly_ != nullptr) {
    on_packet({static_cast<const char*>(buffer.data().data()), buffer.size()});
    return;
  }
  counters.client_messages.add();
  auto command = decode_command({static_cast<const char*>(buffer.data().data()), buffer.size()});
  buffer.clear();
  if (command) {
    ++pending_commands_;
    caf::anon_send(actor_, client_said{std::move(*command)});
  } else {
    counters.failed_client_messages.add();
    if (log_enabled(log_level::debug))
      log(log_level::debug, "command malformed", {{"sid", sid_}, {"reason", command.error().detail}});
    // For who looks into what goes wrong. A client that does not read its errors is not to be closed by them.
    if (outlet_->queued() < edge_.settings.max_pending_size / 2)
      push_text(error_message(command.error().detail));
  }
  paused_ = pending_commands_ >= edge_.settings.max_pending_commands;
  if (!paused_)
    read();
}

void websocket_session::command_done() {
  --pending_commands_;
  if (std::exchange(paused_, false) && state_ == state::open)
    read();
}

}  // namespace ability
