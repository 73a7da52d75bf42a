// The reading side of a WebSocket session, and the reader that exists only while the client sends.
#include <array>
#include <boost/asio/post.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/zlib/error.hpp>
#include <utility>

#include "net/websocket/websocket_reader.hpp"

namespace ability {

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;

namespace {

// A woken connection needs a Beast stream in the state after the handshake. So its stream accepts an equivalent
// request, and the answer is discarded.
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
  reader_ = std::make_unique<reader>(*outbox_, [this] { return park(); });
  auto& stream = reader_->stream;
  stream.read_message_max(session().max_message());
  stream.next_layer().on_bytes = [this](std::string_view bytes) {
    context_.home.counters.bytes_received.add(bytes.size());
    scanner_.feed(bytes);
    reader_->used = true;
    session().on_bytes();
  };
  if (context_.settings.compression && session().may_compress()) {
    websocket::permessage_deflate how;
    how.server_enable = true;
    how.server_no_context_takeover = true;
    how.client_no_context_takeover = true;
    stream.set_option(how);
  }
  return *reader_;
}

void websocket_session::wait_for_client() {
  outbox_->async_wait_readable([self = shared_from_this()](boost::system::error_code error) {
    if (self->state_ != state::open)
      return;
    if (error)
      self->lost({});
    else
      self->hear();
  });
}

// Make the reader only when bytes have arrived: many clients just disconnect.
void websocket_session::hear() {
  std::array<char, 4'096> bytes;
  boost::system::error_code error;
  const auto got = outbox_->read_some(boost::asio::buffer(bytes), error);
  if (error == boost::asio::error::would_block) {
    wait_for_client();
    return;
  }
  if (error) {
    lost(context_.settings.close_timeout);
    return;
  }
  if (!std::exchange(unheard_, false))
    wake();
  reader_->stream.next_layer().put_back({bytes.data(), got});
  read();
}

// Frees the reader of a client that sends nothing at first, so that it takes no more memory than other idle ones.
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

// Beast tells the client about its violation, except for malformed compression: there Beast only fails.
void websocket_session::on_error(boost::system::error_code error) {
  if (error == websocket::error::message_too_big || error == websocket::error::buffer_overflow)
    context_.home.counters.hit(limit::message_size);
  if (error == boost::asio::error::no_buffer_space) {
    // A pong of Beast's found the queue full. Beast, which may be on the stack, would let nothing more through.
    boost::asio::post(context_.lane.io(), [self = shared_from_this()] {
      if (self->state_ != state::open)
        return;
      self->reader_.reset();
      if (self->outbox_->closing())
        self->lost({});
      else
        self->session().too_slow();
    });
    return;
  }
  if (error == websocket::error::closed) {
    // The client is a page that is left.
    lost(context_.settings.close_timeout, "client_gone",
         reader_->stream.reason().code != websocket::close_code::going_away);
    return;
  }
  if (error.category() != beast::zlib::make_error_code(beast::zlib::error::general).category()) {
    lost(context_.settings.close_timeout);
    return;
  }
  // RFC 7692 section 7.2.3.4 lets a message end its deflate stream, but Beast does not inflate the next one.
  const bool is_final = error == beast::zlib::error::end_of_stream;
  const std::string_view reason = is_final ? "final deflate blocks are not supported" : "malformed compression";
  outbox_->copy_in(close_frame(is_final ? 1003 : 1007, reason));
  lost(context_.settings.close_timeout, reason);
}

// Called when Beast needs more bytes. Between messages it holds none, so its stream is freed until bytes arrive.
bool websocket_session::park() {
  if (state_ != state::open || !reader_->used || !reader_->stream.is_open())
    return false;
  if (!scanner_.between_messages())
    return refuse_to_wait();
  boost::asio::post(context_.lane.io(), [self = shared_from_this()] {
    if (self->state_ != state::open)
      return;
    self->reader_.reset();
    self->wait_for_client();
  });
  return true;
}

// Called in the middle of a message. True: the rest of it is not awaited.
bool websocket_session::refuse_to_wait() {
  auto& waiting = reader_->unfinished;
  if (waiting == nullptr)
    waiting = std::make_unique<unfinished_message>(
        context_, [this] { session().refuse_input(1008, "the message took too long to come"); });
  if (waiting->hold(sizeof(reader) + reader_->buffer.capacity()))
    return false;
  session().refuse_input(1013, "too many messages are not whole yet");
  return true;
}

void websocket_session::on_message() {
  const auto& bytes = reader_->buffer.data();
  const auto kind = reader_->stream.got_binary() ? content::binary : content::text;
  reader_->unfinished.reset();
  paused_ = true;
  session().on_message({static_cast<const char*>(bytes.data()), bytes.size()}, kind);
  reader_->buffer.clear();
  if (session().wants_more())
    read_on();
}

void websocket_session::read_on() {
  if (state_ != state::open || !std::exchange(paused_, false))
    return;
  if (reader_ == nullptr || unheard_)
    wait_for_client();
  else
    read();
}

}  // namespace ability
