#include "net/io/byte_stream.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <utility>

namespace ability::fly {

namespace {

constexpr std::size_t kept_capacity = 8'192;  // bytes of capacity an idle connection keeps in each buffer

}  // namespace

byte_stream::byte_stream(tcp_socket socket, std::unique_ptr<tls_session> tls, std::shared_ptr<void> held)
    : socket_{std::move(socket)}, tls_{std::move(tls)}, held_{std::move(held)} {
  error_code ignored;
  peer_ = socket_.remote_endpoint(ignored);
  socket_.set_option(boost::asio::ip::tcp::no_delay{true}, ignored);
  // Detects a vanished peer even if nothing is sent to it.
  socket_.set_option(boost::asio::socket_base::keep_alive{true}, ignored);
  socket_.non_blocking(true, ignored);
}

void byte_stream::async_handshake(std::function<void(const std::string&)> done) {
  boost::asio::post(socket_.get_executor(), [self = shared_from_this(), done = std::move(done)]() mutable {
    self->handshake_step(std::move(done));
  });
}

void byte_stream::handshake_step(std::function<void(const std::string&)> done) {
  if (state_ != state::open)
    return;
  const auto result = tls_ != nullptr ? tls_->handshake() : step::done;
  if (result == step::done) {
    done({});
  } else if (result == step::want_read || result == step::want_write) {
    wait(result == step::want_read ? boost::asio::socket_base::wait_read : boost::asio::socket_base::wait_write,
         [this, done = std::move(done)]() mutable { handshake_step(std::move(done)); });
  } else {
    done(tls_->complaint());
  }
}

// -- in ---

std::size_t byte_stream::read_some(std::span<char> into, error_code& error) {
  error = {};
  if (state_ != state::open) {
    error = boost::asio::error::operation_aborted;
    return 0;
  }
  if (tls_ == nullptr)
    return socket_.read_some(boost::asio::buffer(into.data(), into.size()), error);
  std::size_t moved = 0;
  const auto result = tls_->read(into, moved);
  read_wants_write_ = result == step::want_write;
  if (result == step::want_read || result == step::want_write)
    error = boost::asio::error::would_block;
  else if (result == step::end_of_file)
    error = boost::asio::error::eof;
  else if (result == step::failed)
    error = boost::asio::error::connection_reset;
  return moved;
}

// -- out ---

void byte_stream::flush_soon() {
  if (std::exchange(flushing_, true))
    return;
  boost::asio::post(socket_.get_executor(), [self = shared_from_this()] { self->flush(); });
}

// Puts the next bytes into `sending_` once all of it is sent. False if nothing is left.
bool byte_stream::has_output() {
  if (sent_ < sending_.size())
    return true;
  sent_ = 0;
  sending_.clear();
  std::swap(sending_, pending_);
  return !sending_.empty();
}

void byte_stream::flush() {
  flushing_ = false;
  bool took = false;
  while (state_ != state::closed && has_output()) {
    std::size_t moved = 0;
    const auto result = write_step(moved);
    sent_ += moved;
    took = took || moved > 0;
    if (result == step::want_write || result == step::want_read) {
      flushing_ = true;
      wait(result == step::want_read ? boost::asio::socket_base::wait_read : boost::asio::socket_base::wait_write,
           [this] { flush(); });
      if (took && on_sent_)
        on_sent_();
      return;
    }
    if (result != step::done) {
      broken("cannot send: " + (write_error_ ? write_error_.message() : "the connection is gone"));
      return;
    }
  }
  for (auto* each : {&sending_, &pending_}) {
    if (each->capacity() > kept_capacity)
      each->shrink_to_fit();
  }
  if (state_ == state::draining)
    end_of_output();
  else if (took && on_sent_)
    on_sent_();
}

step byte_stream::write_step(std::size_t& moved) {
  const std::string_view left = std::string_view{sending_}.substr(sent_);
  if (tls_ != nullptr)
    return tls_->write({left.data(), left.size()}, moved);
  moved = socket_.write_some(boost::asio::buffer(left.data(), left.size()), write_error_);
  if (write_error_ == boost::asio::error::would_block)
    return step::want_write;
  return write_error_ ? step::failed : step::done;
}

void byte_stream::broken(const std::string& why) {
  const auto call = std::move(on_broken_);
  close();
  if (call)
    call(why);
}

// -- end ---

void byte_stream::limit() {
  if (state_ == state::closed || deadline_)
    return;
  deadline_.emplace(socket_.get_executor(), close_timeout);
  deadline_->async_wait([self = shared_from_this()](const error_code& error) {
    if (!error)
      self->close();
  });
}

void byte_stream::drain() {
  if (state_ != state::open)
    return;
  state_ = state::draining;
  drop_calls();
  limit();
  flush_soon();
}

void byte_stream::end_of_output() {
  if (tls_ != nullptr)
    tls_->say_goodbye();
  error_code error;
  socket_.shutdown(boost::asio::socket_base::shutdown_send, error);
  if (error)
    close();
  else
    discard_input();
}

// Closing a socket with unread input resets the connection, so that the peer loses bytes of ours it has not read.
void byte_stream::discard_input() {
  std::array<char, 4'096> nowhere;
  error_code error;
  socket_.read_some(boost::asio::buffer(nowhere), error);
  if (!error || error == boost::asio::error::would_block)
    wait(boost::asio::socket_base::wait_read, [this] { discard_input(); });
  else
    close();
}

void byte_stream::drop_calls() {
  on_broken_ = nullptr;
  // The function may be running.
  if (on_sent_)
    boost::asio::post(socket_.get_executor(), [self = shared_from_this()] { self->on_sent_ = nullptr; });
}

void byte_stream::close() {
  if (std::exchange(state_, state::closed) == state::closed)
    return;
  deadline_.reset();
  drop_calls();
  held_.reset();
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace ability::fly
