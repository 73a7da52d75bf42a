#include "net/fly_gateway/fly_tcp_transport.hpp"

#include <array>
#include <string>
#include <utility>

#include "actors/node/events.hpp"
#include "actors/node/log.hpp"
#include "actors/runtime/prefetch.hpp"

namespace ability {

namespace {

// Read size in bytes; also bounds the commands buffered beyond the client's credit.
constexpr std::size_t read_size = std::size_t{16} << 10;

// Bytes of unsent pongs and replies beyond which a client is not read.
constexpr std::size_t max_unread_answers = std::size_t{64} << 10;

}  // namespace

void fly_tcp_transport::start(lane_context& where, outbox::pointer socket) {
  if (const auto why = why_no_room(where); !why.empty()) {
    note_refusal(where.home, reason_of_no_room(where), socket->peer_address(), why);
    socket->copy_in(farewell{.text = why}.packet());
    socket->begin_drain(where.settings.close_timeout);
    return;
  }
  auto session = std::make_shared<fly_tcp_transport>(where, std::move(socket));
  session->client_.start(std::shared_ptr<client_session>{session, &session->client_});
  if (!session->outbox_->is_tls()) {
    session->wait();
    return;
  }
  session->outbox_->async_handshake([session](boost::system::error_code error) {
    if (error)
      session->lost();
    else
      session->wait();
  });
}

fly_tcp_transport::fly_tcp_transport(lane_context& where, outbox::pointer socket)
    : client_transport{where}, outbox_{std::move(socket)}, client_{*this} {
  outbox_->count_sent(context_.home.counters.bytes_sent);
}

fly_tcp_transport::~fly_tcp_transport() {
  if (!outbox_->closing())
    outbox_->close();
}

client_handshake fly_tcp_transport::describe() {
  return {.url = (outbox_->is_tls() ? "tls://" : "tcp://") + outbox_->local_address() + '/',
          .headers = {{"REMOTE_ADDR", outbox_->peer_address()}},
          .token = {}};
}

// -- in ---

void fly_tcp_transport::wait() {
  outbox_->async_wait_readable([self = shared_from_this()](boost::system::error_code error) {
    if (!self->client_.is_alive())
      return;
    if (error)
      self->lost();
    else
      self->read();
  });
}

void fly_tcp_transport::read() {
  thread_local std::array<char, read_size> buffer;
  boost::system::error_code error;
  const auto size = outbox_->read_some(boost::asio::buffer(buffer), error);
  if (error && error != boost::asio::error::would_block) {
    if (error == boost::asio::error::eof && !client_.between_packets() && log_enabled(log_level::debug))
      log(log_level::debug, "the connection ended inside a packet", {{"sid", std::string{client_.sid()}}});
    lost();
    return;
  }
  const auto unfinished = client_.unfinished_bytes();
  context_.home.counters.bytes_received.add(size);
  client_.feed({buffer.data(), size});
  if (client_.is_alive())
    count_unfinished(unfinished, size);
  if (!client_.is_alive())
    return;
  paused_ = true;
  if (client_.wants_more())
    read_on();
}

// Each incomplete packet has its share of memory and its deadline.
void fly_tcp_transport::count_unfinished(std::size_t before, std::size_t got) {
  const auto now = client_.unfinished_bytes();
  if (now != before + got)
    unfinished_.reset();  // that packet is complete
  if (now == 0)
    return;
  if (unfinished_ == nullptr)
    unfinished_ = std::make_unique<unfinished_message>(
        context_, [this] { client_.refuse_input(1008, "the packet took too long to come"); });
  if (!unfinished_->hold(now))
    client_.refuse_input(1013, "too many packets are not whole yet");
}

void fly_tcp_transport::read_on() {
  if (!paused_)
    return;
  if (outbox_->queued() > max_unread_answers) {
    outbox_->when_drained([self = shared_from_this()] {
      if (self->client_.wants_more())
        self->read_on();
    });
    return;
  }
  paused_ = false;
  wait();
}

// -- out ---

bool fly_tcp_transport::send(std::string_view message, content) {
  return write(std::make_shared<const std::string>(message));
}

bool fly_tcp_transport::write(frames_ptr frames) {
  if (outbox_->push(std::move(frames)))
    return true;
  if (!outbox_->closing())
    client_.too_slow();
  return false;
}

void fly_tcp_transport::end(std::uint16_t, std::string_view, std::string_view) {
  unfinished_.reset();
  outbox_->begin_drain(context_.settings.close_timeout);
}

// The client half-closed; keep sending replies that are already queued.
void fly_tcp_transport::lost() {
  unfinished_.reset();
  client_.gone();
  outbox_->begin_drain(context_.settings.close_timeout);
}

void fly_tcp_transport::prefetch_parts() const noexcept { prefetch(outbox_.get(), outbox::hot_bytes); }

}  // namespace ability
