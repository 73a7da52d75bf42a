#include "net/lane/outbox.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>

#include "net/fly/transport/packets.hpp"
#include "net/lane/socket_bytes.hpp"
#include "protocol/text/host_port.hpp"

namespace ability {

outbox::outbox(io_lane& lane, socket_type socket, std::unique_ptr<fly::tls_session> tls, std::size_t max_queued)
    : lane_{lane}, max_queued_{max_queued}, tls_{std::move(tls)}, socket_{std::move(socket)} {
  lane_.outbox_opened(*this);
}

outbox::~outbox() { lane_.outbox_closed(*this); }

namespace {

boost::asio::ip::address unmapped(const boost::asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
  return address;
}

}  // namespace

std::string outbox::peer_address() const {
  if (told_peer_ != nullptr)
    return *told_peer_;
  error_code error;
  const auto address = socket_.remote_endpoint(error).address();
  return error ? std::string{} : unmapped(address).to_string();
}

void outbox::set_peer_address(std::string address) {
  error_code no_address;
  const auto parsed = boost::asio::ip::make_address(address, no_address);
  told_peer_ = std::make_unique<const std::string>(no_address ? std::move(address) : unmapped(parsed).to_string());
}

client_traffic outbox::traffic() const {
  error_code error;
  const auto peer = socket_.remote_endpoint(error);
  client_traffic found{.bytes_pending = queued_};
  if (error)
    return found;
  found.peer = told_peer_ != nullptr ? *told_peer_
                                     : fly::text_of(socket_type::endpoint_type{unmapped(peer.address()), peer.port()});
  // Asio has no const access to the descriptor; reading its counters changes nothing.
  if (const auto bytes = bytes_of(const_cast<socket_type&>(socket_).native_handle())) {
    found.bytes_in = bytes->in;
    found.bytes_out = bytes->out;
    found.bytes_pending += bytes->unsent;
  }
  return found;
}

std::string outbox::local_address() const {
  error_code error;
  const auto endpoint = socket_.local_endpoint(error);
  return error ? std::string{} : host_port(unmapped(endpoint.address()).to_string(), endpoint.port());
}

// -- out ---

bool outbox::push(frames_ptr bytes) {
  if (state_ != state::open || !has_room_for(bytes->size()))
    return false;
  queued_ += bytes->size();
  queue_.push_back(std::move(bytes));
  flush_soon();
  return true;
}

bool outbox::copy_in(std::string bytes) {
  if (state_ != state::open || !has_room_for(0))
    return false;
  if (bytes.empty())
    return true;
  queued_ += bytes.size();
  queue_.push_back(std::make_shared<const std::string>(std::move(bytes)));
  flush_soon();
  return true;
}

void outbox::drop_unsent() {
  auto committed = first_sent_ + tls_unsent_.size();
  auto keep = first_;
  for (; committed > 0 && keep < queue_.size(); ++keep)
    committed -= std::min(committed, queue_[keep]->size());
  for (auto i = keep; i < queue_.size(); ++i)
    queued_ -= queue_[i]->size();
  queue_.resize(keep);
}

void outbox::when_drained(std::function<void()> then) {
  if (queued_ == 0 || state_ == state::closed)
    then();
  else
    drained_ = std::move(then);
}

void outbox::flush_soon() {
  if (flush_pending_ || waiting_writable_)
    return;
  flush_pending_ = true;
  lane_.flush_later(*this);
}

// The queue may be full only because nothing was flushed yet. Write first: a peer is slow only if its socket is full.
bool outbox::has_room_for(std::size_t bytes) {
  if (queued_ + bytes <= max_queued_)
    return true;
  // If the socket has failed, the next flush closes it.
  return write() == fly::step::failed || queued_ + bytes <= max_queued_;
}

void outbox::flush() {
  flush_pending_ = false;
  if (state_ == state::closed) {
    written();
    return;
  }
  switch (write()) {
    case fly::step::want_write:
    case fly::step::want_read:
      wait_writable();
      break;
    case fly::step::failed:
      close();
      break;
    default:
      written();
  }
}

// Writes the queue, as much as the socket accepts.
fly::step outbox::write() {
  while (queued_ > 0) {
    std::size_t moved = 0;
    const auto outcome = tls_ != nullptr ? write_tls(moved) : write_plain(moved);
    if (sent_ != nullptr)
      sent_->add(moved);
    consume(moved);
    if (outcome != fly::step::done)
      return outcome;
  }
  return fly::step::done;
}

// Writes pieces without copying them.
fly::step outbox::write_plain(std::size_t& moved) {
  std::array<iovec, max_pieces> pieces;
  std::size_t count = 0;
  std::size_t total = 0;
  for (auto i = first_; i < queue_.size() && count < max_pieces; ++i, ++count) {
    const auto skip = i == first_ ? first_sent_ : 0;
    pieces[count] = {const_cast<char*>(queue_[i]->data()) + skip, queue_[i]->size() - skip};
    total += pieces[count].iov_len;
  }
  constexpr int flags = MSG_NOSIGNAL | MSG_DONTWAIT;
  ssize_t sent = 0;
  if (count == 1) {  // the usual case; spares the kernel copying a list
    sent = ::send(socket_.native_handle(), pieces[0].iov_base, pieces[0].iov_len, flags);
  } else {
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = count;
    sent = ::sendmsg(socket_.native_handle(), &message, flags);
  }
  if (sent < 0)
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? fly::step::want_write : fly::step::failed;
  moved = static_cast<std::size_t>(sent);
  return moved == total ? fly::step::done : fly::step::want_write;
}

// TLS needs contiguous bytes, and the same ones again if the socket refused them: gather pieces in a buffer.
fly::step outbox::write_tls(std::size_t& moved) {
  static constexpr std::size_t record = 16'384;
  if (tls_unsent_.empty()) {
    for (auto i = first_; i < queue_.size() && tls_unsent_.size() < record; ++i) {
      const auto skip = i == first_ ? first_sent_ : 0;
      tls_unsent_.append(*queue_[i], skip, record - tls_unsent_.size());
    }
  }
  const auto outcome = tls_->write(tls_unsent_, moved);
  if (outcome != fly::step::done)
    return outcome == fly::step::end_of_file ? fly::step::failed : outcome;
  if (moved < tls_unsent_.size())
    tls_unsent_.erase(0, moved);
  else
    tls_unsent_ = {};
  return fly::step::done;
}

void outbox::consume(std::size_t bytes) {
  queued_ -= bytes;
  if (queued_ == 0 && queue_.capacity() <= 8) {  // the usual case
    queue_.clear();
    first_ = first_sent_ = 0;
    return;
  }
  while (bytes > 0) {
    const auto left = queue_[first_]->size() - first_sent_;
    if (bytes < left) {
      first_sent_ += bytes;
      break;
    }
    bytes -= left;
    first_sent_ = 0;
    queue_[first_++] = nullptr;
  }
  if (first_ < queue_.size() && first_ < 256)
    return;
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(first_));
  first_ = 0;
  if (queue_.empty() && queue_.capacity() > 8)
    queue_.shrink_to_fit();  // frees the memory of a past burst while idle
}

void outbox::wait_writable() {
  if (std::exchange(waiting_writable_, true))
    return;
  socket_.async_wait(boost::asio::socket_base::wait_write, [self = pointer{this}](error_code) {
    self->waiting_writable_ = false;
    self->flush();
  });
}

// The queue is sent, or the socket has failed.
void outbox::written() {
  if (auto then = std::exchange(drained_, nullptr))
    then();
  if (state_ == state::draining && queued_ == 0)
    end_of_output();
}

// -- in ---

void outbox::async_handshake(const std::function<void(error_code)>& done) { handshake_step(done); }

void outbox::handshake_step(const std::function<void(error_code)>& done) {
  const auto outcome = tls_->handshake();
  if (outcome == fly::step::done) {
    done({});
    return;
  }
  if (outcome == fly::step::failed || outcome == fly::step::end_of_file) {
    done(boost::asio::error::connection_reset);
    return;
  }
  const auto what =
      outcome == fly::step::want_read ? boost::asio::socket_base::wait_read : boost::asio::socket_base::wait_write;
  socket_.async_wait(what, [self = pointer{this}, done](error_code error) {
    if (self->closing() || error)
      done(boost::asio::error::operation_aborted);
    else
      self->handshake_step(done);
  });
}

std::size_t outbox::read_some(boost::asio::mutable_buffer into, error_code& error) {
  error = {};
  if (state_ == state::closed) {
    error = boost::asio::error::operation_aborted;
    return 0;
  }
  std::size_t moved = 0;
  if (tls_ == nullptr)
    return socket_.read_some(into, error);
  switch (tls_->read({static_cast<char*>(into.data()), into.size()}, moved)) {
    case fly::step::done:
      break;
    case fly::step::want_read:
    case fly::step::want_write:
      error = boost::asio::error::would_block;
      break;
    case fly::step::end_of_file:
      error = boost::asio::error::eof;
      break;
    case fly::step::failed:
      error = boost::asio::error::connection_reset;
      break;
  }
  return moved;
}

// -- end ---

void outbox::begin_drain(std::chrono::milliseconds deadline) {
  if (state_ != state::open)
    return;
  state_ = state::draining;
  lane_.wheel().set(*this, deadline);
  if (queued_ == 0)
    end_of_output();
  if (!waiting_readable_)
    discard_input();
}

void outbox::end_of_output() {
  if (tls_ != nullptr)
    tls_->say_goodbye();
  error_code ignored;
  socket_.shutdown(boost::asio::socket_base::shutdown_send, ignored);
}

// Closing with unread input resets the connection, and the peer loses bytes of ours that it has not read.
void outbox::discard_input() {
  std::array<char, 4096> nowhere;
  error_code error;
  for (int i = 0; i < 16 && !error && state_ != state::closed; ++i)
    read_some(boost::asio::buffer(nowhere), error);
  if (state_ == state::closed)
    return;
  if (error && error != boost::asio::error::would_block) {
    close();
    return;
  }
  waiting_readable_ = true;
  socket_.async_wait(boost::asio::socket_base::wait_read, [self = pointer{this}](error_code) {
    self->waiting_readable_ = false;
    self->discard_input();
  });
}

void outbox::close() {
  if (state_ == state::closed)
    return;
  const pointer keep{this};
  state_ = state::closed;
  cancel();
  error_code ignored;
  socket_.close(ignored);
  place_ = {};
  queue_ = {};
  first_ = first_sent_ = queued_ = 0;
  if (auto then = std::exchange(drained_, nullptr))
    then();
}

}  // namespace ability
