#include "tests/bench/ws_clients.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <ctime>
#include <stdexcept>

namespace ability::load {

namespace {

constexpr std::size_t clients_per_address = 2'500;
constexpr std::uint64_t watched_key = ~0ULL;

// Bytes of the first messages that are kept if each frame is one.
constexpr std::size_t first_bytes = 1'000;

}  // namespace

ws_clients::ws_clients(client_script script, int receive_buffer)
    : script_{std::move(script)},
      receive_buffer_{receive_buffer},
      epoll_{::epoll_create1(EPOLL_CLOEXEC)},
      events_(512),
      buffer_(262'144) {}

void ws_clients::watch(int fd, std::function<void()> on_readable) {
  on_watched_ = std::move(on_readable);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = watched_key;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
    fail_errno("cannot watch the publisher");
}

void ws_clients::connect(std::size_t count, std::size_t at_once) {
  const auto target = clients_.size() + count;
  const auto deadline = now_ns() + 60'000'000'000;
  clients_.reserve(target);
  while (in_ < target) {
    // A few at a time, so that the first ones do not wait until all are open.
    for (int i = 0; i < 32 && clients_.size() < target && clients_.size() - in_ < at_once; ++i)
      open_one();
    poll(clients_.size() < target && clients_.size() - in_ < at_once ? 0 : 100);
    if (closed_ != 0)
      throw std::runtime_error{"the server closed a connection in its handshake"};
    if (now_ns() > deadline)
      throw std::runtime_error{std::to_string(in_) + " of " + std::to_string(target) + " clients came in within 60 s"};
  }
}

void ws_clients::knock(std::size_t count) {
  const auto target = asked_ + count;
  clients_.reserve(clients_.size() + count);
  for (std::size_t i = 0; i < count; ++i)
    open_one();
  if (!run_until([&] { return asked_ >= target; }, 10'000))
    throw std::runtime_error{"not all clients could ask to come in"};
}

void ws_clients::set_receive_buffer(int bytes) {
  for (const auto& c : clients_)
    ::setsockopt(c.socket.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

void ws_clients::open_one() {
  descriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!socket)
    fail_errno("cannot make a socket");
  const int on = 1;
  const linger reset{1, 0};
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  ::setsockopt(socket.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  if (receive_buffer_ > 0)
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_, sizeof receive_buffer_);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr =
      htonl(INADDR_LOOPBACK + 1 + static_cast<std::uint32_t>(clients_.size() / clients_per_address));
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    fail_errno("cannot bind to a loopback address");
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(script_.port);
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 && errno != EINPROGRESS)
    fail_errno("cannot connect a client");
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = clients_.size();
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket.get(), &event) != 0)
    fail_errno("cannot watch a client");
  clients_.emplace_back().socket = std::move(socket);
}

void ws_clients::poll(int timeout_ms) {
  throw_if_interrupted();
  const int n = ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), timeout_ms);
  for (int i = 0; i < n; ++i) {
    const auto& event = events_[static_cast<std::size_t>(i)];
    if (event.data.u64 == watched_key)
      on_watched_();
    else
      on_event(clients_[event.data.u64], event.events);
  }
}

bool ws_clients::run_until(const std::function<bool()>& done, int timeout_ms) {
  const auto deadline = now_ns() + timeout_ms * 1'000'000LL;
  while (!done()) {
    const auto left = deadline - now_ns();
    if (left <= 0)
      return false;
    poll(static_cast<int>(left / 1'000'000) + 1);
  }
  return true;
}

bool ws_clients::wait_unread(std::size_t bytes, int timeout_ms) const {
  const auto deadline = now_ns() + timeout_ms * 1'000'000LL;
  for (auto c = clients_.begin(); c != clients_.end();) {
    int unread = 0;
    if (::ioctl(c->socket.get(), FIONREAD, &unread) == 0 && static_cast<std::size_t>(unread) >= bytes) {
      ++c;
      continue;
    }
    throw_if_interrupted();
    if (now_ns() > deadline)
      return false;
    const timespec pause{0, 200'000};
    ::nanosleep(&pause, nullptr);
  }
  return true;
}

void ws_clients::on_event(client& c, std::uint32_t events) {
  if (c.at == stage::closed)
    return;
  if (c.at == stage::connecting && (events & EPOLLOUT) != 0)
    send_request(c);
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
    receive(c, (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
}

void ws_clients::send_request(client& c) {
  std::string request = "GET " + (script_.path_of ? script_.path_of(number_of(c)) : script_.path) +
                        " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
                        std::string{handshake_key} + "\r\n";
  if (!script_.subprotocol.empty())
    request += "Sec-WebSocket-Protocol: " + script_.subprotocol + "\r\n";
  send_all(c.socket.get(), request + "\r\n");
  c.at = stage::upgrading;
  ++asked_;
  // Writability matters only once; without this change every acknowledgement would raise one more event.
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP | EPOLLET;
  event.data.u64 = number_of(c);
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, c.socket.get(), &event);
}

void ws_clients::set_up(client& c, std::string_view bytes) {
  if (c.at == stage::greeting || c.at == stage::subscribing)
    return read_frames_in_setup(c, bytes);
  c.text += bytes;
  const auto end = c.text.find("\r\n\r\n");
  if (end == std::string::npos)
    return;
  if (!c.text.starts_with("HTTP/1.1 101") || c.text.find(handshake_accept) == std::string::npos)
    throw std::runtime_error{"handshake refused: " + c.text.substr(0, c.text.find('\r'))};
  const auto rest = c.text.substr(end + 4);
  c.text.clear();
  c.at = stage::greeting;
  if (script_.greeting.empty())
    send_commands(c);
  read_frames_in_setup(c, rest);
}

void ws_clients::send_commands(client& c) {
  c.at = stage::subscribing;
  std::vector<std::string> commands;
  if (script_.subscribe_each)
    commands = script_.subscribe_each(number_of(c));
  else if (!script_.subscribe.empty())
    commands.push_back(script_.subscribe);
  std::string frames;
  for (const auto& command : commands)
    frames += client_frame(command, script_.subscribe_as);
  if (script_.subscribe_each)
    c.awaited = static_cast<std::uint8_t>(commands.size());
  send_all(c.socket.get(), frames);
}

void ws_clients::read_frames_in_setup(client& c, std::string_view bytes) {
  c.frames.read(bytes, [&](std::string_view piece) { c.text += piece; });
  if (c.at == stage::greeting) {
    if (c.text.find(script_.greeting) == std::string::npos)
      return;
    send_commands(c);
  }
  std::size_t found = 0;
  for (auto at = c.text.find(script_.ready); found < c.awaited && at != std::string::npos;
       at = c.text.find(script_.ready, at + script_.ready.size()))
    ++found;
  if (found < c.awaited)
    return;
  c.at = stage::in;
  c.counted = unit_ == by_frame ? c.frames.messages() : 0;
  ++in_;
  if (script_.accepted)
    script_.accepted(number_of(c), c.text);
  std::string{}.swap(c.text);
}

void ws_clients::receive(client& c, bool to_the_end) {
  while (c.at != stage::closed) {
    const auto n = ::recv(c.socket.get(), buffer_.data(), buffer_.size(), 0);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
      return close(c);
    if (n < 0)
      return;
    const std::string_view bytes{buffer_.data(), static_cast<std::size_t>(n)};
    if (c.at == stage::in)
      count(c, bytes);
    else
      set_up(c, bytes);
    if (c.frames.closed())
      return close(c);
    // Edge-triggered: bytes that arrive after a short read raise a new event.
    if (bytes.size() < buffer_.size() && !to_the_end)
      return;
  }
}

void ws_clients::count(client& c, std::string_view bytes) {
  const auto most_kept = unit_ == by_frame ? first_bytes : unit_;
  const bool keep = &c == clients_.data() && first_message_.size() < most_kept;
  wire_bytes_ += bytes.size();
  c.frames.read(bytes, [&](std::string_view piece) {
    c.payload += piece.size();
    if (script_.separator != '\0')
      c.payload -= static_cast<std::uint64_t>(std::count(piece.begin(), piece.end(), script_.separator));
    if (keep)
      first_message_ += piece.substr(0, most_kept - std::min(most_kept, first_message_.size()));
    if (on_text_)
      on_text_(number_of(c), piece);
  });
  // A server's rare messages of its own (NATS pings once, 6 bytes) are shorter than a message, so they are not counted.
  const auto whole = unit_ == by_frame ? c.frames.messages() - c.counted : (c.payload - c.counted) / unit_;
  if (whole == 0)
    return;
  c.counted += unit_ == by_frame ? whole : whole * unit_;
  delivered_ += whole;
  latencies_.insert(latencies_.end(), whole, static_cast<float>(now_ns() - published_at_));
}

void ws_clients::close(client& c) {
  c.socket.reset();
  c.at = stage::closed;
  ++closed_;
}

void ws_clients::start_counting(std::size_t unit) {
  unit_ = unit;
  for (auto& c : clients_) {
    c.payload = 0;
    c.counted = unit == by_frame ? c.frames.messages() : 0;
  }
  delivered_ = 0;
  wire_bytes_ = 0;
  latencies_.clear();
  first_message_.clear();
}

}  // namespace ability::load
