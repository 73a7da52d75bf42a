#include "net/redis/redis_wire.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "protocol/redis/redis_words.hpp"

namespace ability {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t wire_read_size = std::size_t{64} << 10;
constexpr std::size_t always_read = std::size_t{64} << 10;

// Bound of one reply, beside its longest text, in bytes. No command asks for as much.
constexpr std::size_t longest_reply = std::size_t{8} << 20;

// In the place of a text that is passed over.
constexpr std::string_view nil_text = "$-1\r\n";

std::string expects_ok(const redis_value& answer) {
  return answer.what == redis_value::kind::status ? "" : "got an answer that it never has";
}

}  // namespace

// A publication has some bytes more when it is kept, such as its sizes and its time.
std::size_t longest_redis_text(const redis_endpoint& where) noexcept {
  return std::max(where.max_payload, always_read) + always_read;
}

redis_wire::redis_wire(asio::io_context& io, std::shared_ptr<const redis_endpoint> where, callbacks owner)
    : io_{io},
      where_{std::move(where)},
      owner_{std::move(owner)},
      dialer_{io},
      patience_{io},
      texts_{longest_redis_text(*where_)} {}

void redis_wire::start(std::chrono::milliseconds patience, std::vector<step> steps) {
  if (!where_->user.empty())
    steps_.push_back({"AUTH", redis_words{3}.add("AUTH").add(where_->user).add(where_->password).take(), expects_ok});
  else if (!where_->password.empty())
    steps_.push_back({"AUTH", redis_words{2}.add("AUTH").add(where_->password).take(), expects_ok});
  if (where_->database != 0)
    steps_.push_back(
        {"SELECT", redis_words{2}.add("SELECT").add(static_cast<std::uint64_t>(where_->database)).take(), expects_ok});
  std::ranges::move(steps, std::back_inserter(steps_));
  patience_.expires_after(patience);
  patience_.async_wait([self = shared_from_this()](const error_code& error) {
    if (error || self->ended_ || self->ready_)
      return;
    if (self->socket_ == nullptr)
      self->fail(self->dialer_.is_securing() ? "no TLS handshake in time (does this port speak TLS?)"
                                             : "not reached in time");
    else
      self->fail("no answer to " + std::string{self->steps_[self->steps_done_].name} + " in time");
  });
  dialer_.dial(where_, std::chrono::steady_clock::now() + patience,
               [self = shared_from_this()](std::shared_ptr<redis_socket> socket, const std::string& why) {
                 if (self->ended_)
                   return;
                 if (socket == nullptr)
                   self->fail(why);
                 else
                   self->log_in(std::move(socket));
               });
}

void redis_wire::log_in(std::shared_ptr<redis_socket> socket) {
  socket_ = std::move(socket);
  for (const auto& each : steps_)
    next_ += each.command;
  flush();
  await_bytes();
  if (steps_.empty()) {
    ready_ = true;
    owner_.ready();
  }
}

void redis_wire::send(std::string_view commands) {
  next_ += commands;
  if (flush_pending_ || !outgoing_.empty())
    return;
  flush_pending_ = true;
  asio::post(io_, [self = shared_from_this()] {
    self->flush_pending_ = false;
    self->flush();
  });
}

void redis_wire::flush() {
  if (ended_ || next_.empty() || !outgoing_.empty())
    return;
  outgoing_ = std::exchange(next_, {});
  socket_->write(outgoing_, [self = shared_from_this()](const error_code&) {
    // An error is left to the read, which may first find the server's last message.
    self->outgoing_.clear();
    self->flush();
  });
}

void redis_wire::await_bytes() {
  if (ended_)
    return;
  socket_->wait([self = shared_from_this()](const error_code& error) {
    if (self->ended_)
      return;
    if (error)
      return self->fail(redis_cause(error));
    self->read();
  });
}

void redis_wire::read() {
  std::array<char, wire_read_size> bytes;
  error_code error;
  const auto size = socket_->read_some(bytes, error);
  if (error == asio::error::would_block)
    return await_bytes();
  if (error == asio::error::connection_reset && where_->tls.on)
    return fail(redis_tls_cause(socket_->complaint()));
  if (error)
    return fail(redis_cause(error));
  take_in({bytes.data(), size});
  await_bytes();
}

void redis_wire::take_in(std::string_view bytes) {
  while (!bytes.empty() && !ended_) {
    const auto piece = texts_.take(bytes);
    replies_.feed(piece.bytes);
    reply_bytes_ += piece.bytes.size();
    if (piece.skipped > 0 && where_->passes_over_long_texts)
      replies_.feed(nil_text);
    while (auto reply = replies_.next()) {
      reply_bytes_ = 0;
      take(*reply);
      if (ended_)
        return;
    }
    if (const auto error = replies_.error(); !error.empty())
      return fail(error);
    if (piece.impossible > 0)
      return fail("Protocol error, got a text of " + std::to_string(piece.impossible) +
                  " bytes, more than Redis can hold");
    if (piece.skipped > 0 && !where_->passes_over_long_texts)
      return fail("got a text of " + std::to_string(piece.skipped) +
                  " bytes: does another daemon have a larger --max-broadcast-size?");
    if (reply_bytes_ > longest_redis_text(*where_) + longest_reply)
      return fail("Protocol error, got an answer without an end");
  }
}

void redis_wire::take(redis_value& reply) {
  if (ready_)
    return owner_.got(reply);
  const auto& [name, command, check] = steps_[steps_done_];
  std::string why;
  if (reply.is_error() && check != nullptr)
    why = "refused: " + without_secret(reply.text, where_->password);
  else if (check != nullptr)
    why = check(reply);
  if (!why.empty())
    return fail(std::string{name} + " " + why);
  if (++steps_done_ < steps_.size())
    return;
  steps_.clear();
  steps_done_ = 0;
  ready_ = true;
  patience_.cancel();
  owner_.ready();
}

void redis_wire::fail(std::string_view cause) {
  if (ended_)
    return;
  const auto lost = std::move(owner_.lost);
  end();
  lost(name_of(*where_) + ": " + std::string{cause});
}

// The callbacks stay until the object ends, as one of them may be running.
void redis_wire::end() {
  ended_ = true;
  dialer_.cancel();
  patience_.cancel();
  if (socket_ != nullptr)
    socket_->close();
}

}  // namespace ability
