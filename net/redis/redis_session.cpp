#include "net/redis/redis_session.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <caf/send.hpp>

#include "net/redis/redis_tls.hpp"
#include "protocol/text/host_port.hpp"

namespace ability {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t read_size = std::size_t{16} << 10;
constexpr std::size_t longest_cause = 200;

// Bound of a line that never ends, in bytes; the filter in front of the parser bounds texts.
std::size_t longest_answer(const redis_endpoint& where) {
  return std::max(where.max_payload, redis_connection::always_read) + 4 * read_size;
}

std::string name_of(const redis_endpoint& where) {
  return where.path.empty() ? host_port(where.host, where.port) : where.path;
}

std::string told(const error_code& ec) {
  return ec == asio::error::eof ? "Connection closed by the server" : ec.message();
}

// Removes the quoted command and the password: Redis quotes the beginning of an unknown command in its error.
std::string without_secret(std::string_view text, std::string_view secret) {
  static constexpr std::string_view mask = "***";
  std::string result{text.substr(0, text.find(", with args"))};
  if (!secret.empty())
    for (auto at = result.find(secret); at != std::string::npos; at = result.find(secret, at + mask.size()))
      result.replace(at, secret.size(), mask);
  return result.substr(0, longest_cause);
}

}  // namespace

void redis_session::start() {
  if (!where_->path.empty()) {
    socket_ = std::make_shared<redis_socket>(io_);
    return socket_->connect(asio::local::stream_protocol::endpoint{where_->path},
                            [self = shared_from_this()](const error_code& ec) {
                              if (self->ended_)
                                return;
                              if (ec)
                                self->fail(told(ec));
                              else
                                self->connected();
                            });
  }
  connector_.connect(where_->host, where_->port, {deadline_}, [self = shared_from_this()](auto connected) {
    if (connected) {
      self->socket_ = std::make_shared<redis_socket>(std::move(*connected));
      return self->connected();
    }
    const auto& [at, code] = connected.error();
    self->fail(at == fly::connect_failure::stage::look_up && code == asio::error::timed_out
                   ? "the name was not resolved in time"
                   : told(code));
  });
}

void redis_session::connected() {
  after(time_left(), &redis_session::set_up_late);
  if (where_->tls.on)
    secure();
  else
    log_in();
}

void redis_session::secure() {
  const auto context = load_redis_tls(where_->tls);
  if (!context)
    return fail(context.error());
  socket_->secure(**context, where_->host, [self = shared_from_this()](const std::string& why) {
    static constexpr std::string_view remedy =
        " (--redis-tls-ca-cert-path names its authority, --redis-tls-verify=false takes any)";
    if (self->ended_)
      return;
    if (why.empty())
      self->log_in();
    else
      self->fail("TLS: " + why + std::string{why.find("certificate is not trusted") != why.npos ? remedy : ""});
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
  fail(pending_.empty() ? "no TLS handshake in time" : "no answer to " + std::string{pending_.back()} + " in time");
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
      return self->fail(told(ec));
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
    return fail("TLS: " + socket_->complaint());
  if (ec)
    return fail(told(ec));
  heard_ = true;
  take_in({bytes.data(), size});
  await_bytes();
}

void redis_session::take_in(std::string_view bytes) {
  while (!bytes.empty() && !ended_) {
    const auto piece = texts_.take(bytes);
    replies_->feed(piece.bytes);
    while (auto* reply = replies_->next()) {
      take(*reply);
      if (ended_)
        return;
    }
    if (const auto error = replies_->error(); !error.empty())
      return fail(error);
    if (piece.impossible > 0)
      return fail("Protocol error, got a text of " + std::to_string(piece.impossible) +
                  " bytes, more than Redis can hold");
    if (replies_->buffered() > longest_answer(*where_))
      return fail("Protocol error, got an answer without an end");
    if (piece.skipped > 0)
      take_oversize(piece.skipped);
  }
}

void redis_session::take(redis_reply& reply) {
  if (!pending_.empty())
    take_answer(reply);
  else if (reply.what == redis_reply::kind::list)
    take_publication(reply);
  // Other replies answer a PING. An error is fine: old servers and proxies do not allow PING to subscribers.
}

void redis_session::take_answer(const redis_reply& reply) {
  const std::string command{pending_.back()};
  if (reply.what == redis_reply::kind::error)
    return fail(command + " refused: " + without_secret(reply.items[0], where_->password));
  const auto [expected, word] = command == "SUBSCRIBE" ? std::pair{redis_reply::kind::list, "subscribe"}
                                                       : std::pair{redis_reply::kind::status, "OK"};
  if (reply.what != expected || reply.items[0] != word)
    return fail("Protocol error, got an answer to " + command + " that it never has");
  pending_.pop_back();
  if (!pending_.empty())
    return;
  subscribed_ = true;
  after(patience_.beat, &redis_session::beat);
  caf::anon_send(owner_, redis_connected{});
}

void redis_session::take_publication(redis_reply& reply) {
  auto& [kind, channel, text] = reply.items;
  if (reply.size != 3 || kind != "message" || channel != where_->channel)
    return;
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
  connector_.cancel();
  timer_.cancel();
  if (socket_ != nullptr)
    socket_->close();
}

}  // namespace ability
