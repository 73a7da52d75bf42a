// The floor for FlyRPC: messages behind two bytes of length over TCP, in plain Asio without a library.
#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace ability::load {

/// `plain`: reads the length, then the message, one after the other. `batched`: reads all available bytes at once, and
/// sends the resulting messages in one piece.
enum class bare_style { plain, batched };

/// One connection, either side of it. Alive as long as an operation is pending; `on_message(*this, message)` is called
/// for each message. An error ends it silently.
template <class OnMessage>
class bare_echo : public std::enable_shared_from_this<bare_echo<OnMessage>> {
public:
  bare_echo(boost::asio::ip::tcp::socket socket, bare_style style, OnMessage on_message)
      : socket_{std::move(socket)}, style_{style}, on_message_{std::move(on_message)} {
    socket_.set_option(boost::asio::ip::tcp::no_delay{true});
  }

  void start() {
    if (style_ == bare_style::plain)
      read_length();
    else
      read_some();
  }

  /// Queues a message; `flush` sends the queued messages.
  void queue(std::string_view message) {
    pending_ += static_cast<char>(message.size() >> 8);
    pending_ += static_cast<char>(message.size());
    pending_ += message;
  }

  void flush() {
    if (pending_.empty() || !sending_.empty())
      return;
    std::swap(sending_, pending_);
    boost::asio::async_write(socket_, boost::asio::buffer(sending_),
                             [self = this->shared_from_this()](boost::system::error_code error, std::size_t) {
                               self->sending_.clear();
                               if (!error)
                                 self->flush();
                             });
  }

private:
  static std::size_t length_of(const char* head) {
    return std::size_t{static_cast<unsigned char>(head[0])} << 8 | static_cast<unsigned char>(head[1]);
  }

  void read_length() {
    boost::asio::async_read(socket_, boost::asio::buffer(in_.data(), 2),
                            [self = this->shared_from_this()](boost::system::error_code error, std::size_t) {
                              if (!error)
                                self->read_message(length_of(self->in_.data()));
                            });
  }

  void read_message(std::size_t length) {
    boost::asio::async_read(socket_, boost::asio::buffer(in_.data(), length),
                            [self = this->shared_from_this()](boost::system::error_code error, std::size_t size) {
                              if (error)
                                return;
                              self->on_message_(*self, {self->in_.data(), size});
                              self->flush();
                              self->read_length();
                            });
  }

  void read_some() {
    socket_.async_read_some(boost::asio::buffer(in_.data() + have_, in_.size() - have_),
                            [self = this->shared_from_this()](boost::system::error_code error, std::size_t size) {
                              if (error)
                                return;
                              self->have_ += size;
                              self->take_all();
                              self->flush();
                              self->read_some();
                            });
  }

  void take_all() {
    std::string_view left{in_.data(), have_};
    while (left.size() >= 2 && left.size() - 2 >= length_of(left.data())) {
      const auto message = left.substr(2, length_of(left.data()));
      left.remove_prefix(2 + message.size());
      on_message_(*this, message);
    }
    have_ = left.copy(in_.data(), left.size());
  }

  boost::asio::ip::tcp::socket socket_;
  const bare_style style_;
  OnMessage on_message_;
  std::array<char, 2 + 65'536> in_;
  std::size_t have_ = 0;  // bytes in in_, with `batched`
  std::string sending_;
  std::string pending_;
};

}  // namespace ability::load
