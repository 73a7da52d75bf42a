// What a FlyRPC call costs, beside an echo of length-prefixed messages with nothing but Asio: 64 bytes over loopback,
// client and server on a thread each.
#include <sys/resource.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>

#include "net/fly/client.hpp"
#include "net/fly/server.hpp"

namespace {

namespace asio = boost::asio;
namespace fly = ability::fly;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::seconds duration{1};
const std::string message(64, 'x');

// Takes all messages that a read brings, and sends all answers with one write.
class batched : public std::enable_shared_from_this<batched> {
public:
  std::function<void(std::string_view)> on_message;

  explicit batched(tcp::socket socket) : socket_{std::move(socket)} { socket_.set_option(tcp::no_delay{true}); }

  void read() {
    socket_.async_read_some(asio::buffer(buffer_), [self = shared_from_this()](error_code error, std::size_t size) {
      if (error)
        return;
      self->in_.append(self->buffer_.data(), size);
      self->take();
      self->flush();
      self->read();
    });
  }
  void send(std::string_view text) {
    out_ += static_cast<char>(text.size());
    out_ += text;
  }
  void flush() {
    if (!sending_.empty() || out_.empty())
      return;
    sending_.swap(out_);
    asio::async_write(socket_, asio::buffer(sending_), [self = shared_from_this()](error_code, std::size_t) {
      self->sending_.clear();
      self->flush();
    });
  }

private:
  void take() {
    std::string_view left = in_;
    while (!left.empty() && left.size() > static_cast<std::size_t>(left.front())) {
      const auto size = static_cast<std::size_t>(left.front());
      on_message(left.substr(1, size));
      left.remove_prefix(1 + size);
    }
    in_.erase(0, in_.size() - left.size());
  }

  tcp::socket socket_;
  std::array<char, 65'536> buffer_;
  std::string in_;
  std::string out_;
  std::string sending_;
};

// As tutorials have it: a read for the length, a read for the rest, a write, for each message.
class plain : public std::enable_shared_from_this<plain> {
public:
  std::function<void(std::string_view)> on_message;

  explicit plain(tcp::socket socket) : socket_{std::move(socket)} { socket_.set_option(tcp::no_delay{true}); }

  void read() {
    asio::async_read(socket_, asio::buffer(&size_, 1), [self = shared_from_this()](error_code error, std::size_t) {
      if (error)
        return;
      self->in_.resize(static_cast<std::size_t>(self->size_));
      asio::async_read(self->socket_, asio::buffer(self->in_), [self](error_code broken, std::size_t) {
        if (broken)
          return;
        self->on_message(self->in_);
        self->read();
      });
    });
  }
  void send(std::string_view text) {
    out_.push_back(static_cast<char>(text.size()) + std::string{text});
    if (out_.size() == 1)
      write();
  }
  void flush() {}

private:
  void write() {
    asio::async_write(socket_, asio::buffer(out_.front()), [self = shared_from_this()](error_code error, std::size_t) {
      if (error)
        return;
      self->out_.pop_front();
      if (!self->out_.empty())
        self->write();
    });
  }

  tcp::socket socket_;
  char size_ = 0;
  std::string in_;
  std::deque<std::string> out_;
};

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + 1e-6 * time.tv_usec; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void report(const char* what, int in_flight, long count, double cpu) {
  const auto calls = static_cast<double>(count);
  std::printf("%-12s %3d in flight %9.0f/s %7.2f us of CPU each\n", what, in_flight, calls / duration.count(),
              1e6 * cpu / calls);
}

template <class Connection>
void echo(const char* what, int in_flight) {
  asio::io_context serving{1};
  asio::io_context calling{1};
  tcp::acceptor acceptor{serving, {asio::ip::address_v4::loopback(), 0}};
  acceptor.async_accept([](error_code, tcp::socket socket) {
    const auto made = std::make_shared<Connection>(std::move(socket));
    made->on_message = [to = made.get()](std::string_view text) { to->send(text); };
    made->read();
  });
  std::jthread thread{[&serving] { serving.run(); }};
  tcp::socket socket{calling};
  socket.connect(acceptor.local_endpoint());
  const auto made = std::make_shared<Connection>(std::move(socket));
  long count = 0;
  made->on_message = [&count, to = made.get()](std::string_view) {
    ++count;
    to->send(message);
  };
  made->read();
  for (int i = 0; i < in_flight; ++i)
    made->send(message);
  made->flush();
  const auto before = cpu_seconds();
  calling.run_for(duration);
  report(what, in_flight, count, cpu_seconds() - before);
  serving.stop();
}

void calls(int in_flight) {
  asio::io_context calling{1};
  fly::server_options serving;
  serving.workers = 0;
  fly::server server{serving};
  server.on_message(1, [](std::span<const std::byte> buffer) { return buffer; });
  const auto where = server.listen("tcp://127.0.0.1:0");
  fly::client_options options;
  options.io = &calling;
  options.workers = 0;
  fly::client client{to_string(where.value()), options};
  long count = 0;
  std::function<void()> call = [&] {
    client.call<void>(1, std::as_bytes(std::span{message}), [&](const fly::outcome<void>& reply) {
      if (!reply)
        return;
      ++count;
      call();
    });
  };
  client.connect([&](const fly::outcome<void>& connected) {
    for (int i = 0; connected && i < in_flight; ++i)
      call();
  });
  const auto before = cpu_seconds();
  calling.run_for(duration);
  report("FlyRPC", in_flight, count, cpu_seconds() - before);
}

}  // namespace

int main() {
  for (const int in_flight : {128, 1}) {
    echo<plain>("Asio, plain", in_flight);
    echo<batched>("Asio, batched", in_flight);
    calls(in_flight);
  }
}
