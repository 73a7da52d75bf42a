#include "net/redis_session.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <caf/send.hpp>

#include "actors/messages.hpp"

namespace ability {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t read_size = std::size_t{16} << 10;
constexpr std::size_t longest_cause = 200;

std::string told(const error_code& ec) {
  return ec == asio::error::eof ? "Connection closed by the server" : ec.message();
}

// PING goes unsent while paused; so that the loss of the host is noticed right after it, TCP itself keeps watch.
void keep_alive(tcp::socket& socket) {
  const auto set = [&socket](int level, int option, int value) {
    ::setsockopt(socket.native_handle(), level, option, &value, sizeof(value));
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 5);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 2);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
}

// What an error says of a command may quote it: Redis quotes one that it does not know, cut short.
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
  error_code not_an_address;
  if (const auto address = asio::ip::make_address(where_->host, not_an_address); !not_an_address) {
    addresses_.emplace_back(address, where_->port);
    return try_next_address();
  }
  after(time_left(), &redis_session::set_up_late);
  resolver_.async_resolve(where_->host, std::to_string(where_->port), tcp::resolver::numeric_service,
                          [self = shared_from_this()](const error_code& ec, const tcp::resolver::results_type& found) {
                            if (self->ended_)
                              return;
                            if (ec)
                              return self->fail(told(ec));
                            self->addresses_.assign(found.begin(), found.end());
                            std::reverse(self->addresses_.begin(), self->addresses_.end());
                            self->try_next_address();
                          });
}

void redis_session::try_next_address() {
  const auto address = addresses_.back();
  addresses_.pop_back();
  // A new socket each time: one that failed to connect cannot be used again.
  socket_ = tcp::socket{socket_.get_executor()};
  after(time_left() / static_cast<int>(addresses_.size() + 1), &redis_session::give_up_address);
  socket_.async_connect(address, [self = shared_from_this()](error_code ec) {
    if (self->ended_)
      return;
    if (!self->socket_.is_open())
      ec = asio::error::timed_out;
    if (!ec)
      self->connected();
    else if (!self->addresses_.empty())
      self->try_next_address();
    else
      self->fail(told(ec));
  });
}

void redis_session::give_up_address() {
  error_code ignored;
  socket_.close(ignored);
}

void redis_session::connected() {
  error_code ec;
  socket_.non_blocking(true, ec);
  if (ec)
    return fail(told(ec));
  keep_alive(socket_);
  after(time_left(), &redis_session::set_up_late);
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
  fail(pending_.empty() ? "the name was not resolved in time"
                        : "no answer to " + std::string{pending_.back()} + " in time");
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
  asio::async_write(socket_, asio::buffer(outgoing_), [self = shared_from_this()](const error_code&, std::size_t) {
    self->writing_ = false;  // an error is left to reading, which may find first what the server said before it hung up
  });
}

void redis_session::await_bytes() {
  if (ended_ || waiting_ || (paused_ && subscribed_))
    return;
  waiting_ = true;
  socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](const error_code& ec) {
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
  const auto size = socket_.read_some(asio::buffer(bytes), ec);
  if (ec == asio::error::would_block)
    return await_bytes();
  if (ec)
    return fail(told(ec));
  heard_ = true;
  replies_.feed({bytes.data(), size});
  while (auto* reply = replies_.next()) {
    take(*reply);
    if (ended_)
      return;
  }
  if (const auto error = replies_.error(); !error.empty())
    return fail(error);
  if (replies_.buffered() > where_->max_payload + redis_connection::oversize_margin)
    return fail("a publication is far larger than " + std::to_string(where_->max_payload) + " bytes");
  await_bytes();
}

void redis_session::take(redis_reply& reply) {
  if (!pending_.empty())
    take_answer(reply);
  else if (reply.what == redis_reply::kind::list)
    take_publication(reply);
  // Else it answers a PING: with an error where that is not allowed to subscribers (old servers, proxies), but it does.
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

// Beats are counted, not time, so that a stop of this process is not taken for silence of the other.
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
  const auto& host = where_->host;
  auto reason = host.find(':') == std::string::npos ? host : '[' + host + ']';
  reason.append(":").append(std::to_string(where_->port)).append(": ").append(cause);
  caf::anon_send(owner, redis_lost{std::move(reason)});
}

void redis_session::end() {
  ended_ = true;
  owner_ = nullptr;
  error_code ignored;
  resolver_.cancel();
  timer_.cancel();
  socket_.close(ignored);
}

}  // namespace ability
