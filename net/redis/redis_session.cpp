#include "net/redis/redis_session.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <caf/send.hpp>

#include "protocol/redis/redis_words.hpp"

namespace ability {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t read_size = std::size_t{16} << 10;

// Bound of a line that never ends, in bytes; the filter in front of the parser bounds texts.
std::size_t longest_answer(const redis_endpoint& where) {
  return std::max(where.max_payload, redis_connection::always_read) + 4 * read_size;
}

}  // namespace

void redis_session::start() {
  after(time_left(), &redis_session::set_up_late);
  dialer_.dial(where_, deadline_,
               [self = shared_from_this()](std::shared_ptr<redis_socket> socket, const std::string& why) {
                 if (self->ended_)
                   return;
                 self->socket_ = std::move(socket);
                 if (self->socket_ == nullptr)
                   self->fail(why);
                 else
                   self->log_in();
               });
}

void redis_session::log_in() {
  std::string commands;
  if (!where_->user.empty())
    commands += redis_command({"AUTH", where_->user, where_->password});
  else if (!where_->password.empty())
    commands += redis_command({"AUTH", where_->password});
  if (!commands.empty())
    pending_.emplace_back("AUTH");
  if (where_->database != 0) {
    commands += redis_command({"SELECT", std::to_string(where_->database)});
    pending_.emplace_back("SELECT");
  }
  commands += redis_command({"SUBSCRIBE", where_->channel});
  pending_.emplace_back("SUBSCRIBE");
  std::reverse(pending_.begin(), pending_.end());
  write(std::move(commands));
  await_bytes();
}

void redis_session::set_up_late() {
  if (dialer_.is_securing())
    return fail("no TLS handshake in time (does this port speak TLS?)");
  if (pending_.empty())
    return;  // the dialer has the same deadline, and a better reason
  fail("no answer to " + std::string{pending_.back()} + " in time");
}

void redis_session::after(std::chrono::steady_clock::duration delay, void (redis_session::*then)()) {
  timer_.expires_after(delay);
  timer_.async_wait([self = shared_from_this(), then, alarm = ++alarm_](const error_code& ec) {
    if (!ec && !self->ended_ && self->alarm_ == alarm)
      ((*self).*then)();
  });
}

void redis_session::write(std::string bytes) {
  outgoing_ = std::move(bytes);
  writing_ = true;
  socket_->write(outgoing_, [self = shared_from_this()](const error_code&) {
    self->writing_ = false;  // leave an error to the read, which may first find the server's last message
  });
}

void redis_session::await_bytes() {
  if (ended_ || waiting_ || (paused_ && subscribed_))
    return;
  waiting_ = true;
  socket_->wait([self = shared_from_this()](const error_code& ec) {
    self->waiting_ = false;
    if (self->ended_ || (self->paused_ && self->subscribed_))
      return;
    if (ec)
      return self->fail(redis_cause(ec));
    self->read();
  });
}

void redis_session::read() {
  std::array<char, read_size> bytes;
  error_code ec;
  const auto size = socket_->read_some(bytes, ec);
  if (ec == asio::error::would_block)
    return await_bytes();
  if (ec == asio::error::connection_reset && where_->tls.on)
    return fail(redis_tls_cause(socket_->complaint()));
  if (ec)
    return fail(redis_cause(ec));
  heard_ = true;
  take_in({bytes.data(), size});
  await_bytes();
}

void redis_session::take_in(std::string_view bytes) {
  while (!bytes.empty() && !ended_) {
    const auto piece = texts_.take(bytes);
    replies_->feed(piece.bytes);
    reply_bytes_ += piece.bytes.size();
    while (auto reply = replies_->next()) {
      reply_bytes_ = 0;
      take(*reply);
      if (ended_)
        return;
    }
    if (const auto error = replies_->error(); !error.empty())
      return fail(error);
    if (piece.impossible > 0)
      return fail("Protocol error, got a text of " + std::to_string(piece.impossible) +
                  " bytes, more than Redis can hold");
    if (reply_bytes_ > longest_answer(*where_))
      return fail("Protocol error, got an answer without an end");
    if (piece.skipped > 0)
      take_oversize(piece.skipped);
  }
}

void redis_session::take(redis_value& reply) {
  if (!pending_.empty())
    take_answer(reply);
  else if (reply.is_list())
    take_publication(reply);
  // Other replies answer a PING. An error is fine: old servers and proxies do not allow PING to subscribers.
}

void redis_session::take_answer(const redis_value& reply) {
  const std::string command{pending_.back()};
  if (reply.is_error())
    return fail(command + " refused: " + without_secret(reply.text, where_->password));
  const bool is_expected = command == "SUBSCRIBE" ? !reply.items.empty() && reply.items[0].text == "subscribe"
                                                  : reply.what == redis_value::kind::status && reply.text == "OK";
  if (!is_expected)
    return fail("Protocol error, got an answer to " + command + " that it never has");
  pending_.pop_back();
  if (!pending_.empty())
    return;
  subscribed_ = true;
  after(patience_.beat, &redis_session::beat);
  caf::anon_send(owner_, redis_connected{});
}

void redis_session::take_publication(redis_value& reply) {
  auto& items = reply.items;
  if (items.size() != 3 || items[0].text != "message" || items[1].text != where_->channel)
    return;
  auto& text = items[2].text;
  if (text.size() > where_->max_payload)
    caf::anon_send(owner_, redis_oversize{text.size()});
  else
    caf::anon_send(owner_, redis_payload{std::move(text)});
}

// A subscriber receives texts of that size only as publications.
void redis_session::take_oversize(std::uint64_t size) {
  if (!subscribed_)
    return fail("Protocol error, got an answer of " + std::to_string(size) + " bytes");
  replies_.emplace();
  reply_bytes_ = 0;
  caf::anon_send(owner_, redis_oversize{size});
}

// Count beats instead of time, so that a stop of this process does not look like silence of Redis.
void redis_session::beat() {
  if (std::exchange(heard_, false) || paused_)
    silent_beats_ = 0;
  else
    ++silent_beats_;
  if (silent_beats_ == patience_.silent_beats)
    return fail("no answer to PING in time");
  if (silent_beats_ == 1 && !writing_)
    write(redis_command({"PING"}));
  after(patience_.beat, &redis_session::beat);
}

void redis_session::resume() {
  paused_ = false;
  if (subscribed_)
    await_bytes();
}

void redis_session::fail(std::string_view cause) {
  if (ended_)
    return;
  const auto owner = std::move(owner_);
  end();
  caf::anon_send(owner, redis_lost{name_of(*where_) + ": " + std::string{cause}});
}

void redis_session::end() {
  ended_ = true;
  owner_ = nullptr;
  dialer_.cancel();
  timer_.cancel();
  if (socket_ != nullptr)
    socket_->close();
}

}  // namespace ability
