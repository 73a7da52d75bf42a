/// An application's HTTP server whose answers a test writes byte for byte.
#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ability::test {

/// A request as received.
struct app_request {
  std::size_t connection = 0;  ///< counted from 1
  std::string head;
  std::string body;
};

/// The server's reaction to a request.
struct app_reaction {
  enum ending { keep, close, reset };

  std::string bytes;  ///< empty: no answer
  ending then = keep;
};

/// An answer with a length.
inline std::string http_response(std::string_view status, std::string_view body, std::string_view fields = {}) {
  return "HTTP/1.1 " + std::string{status} + "\r\n" + std::string{fields} +
         "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body};
}

/// Listens on 127.0.0.1.
class fake_app_server {
public:
  using tcp = boost::asio::ip::tcp;
  using reaction_function = std::function<app_reaction(const app_request&)>;

  reaction_function react = [](const app_request&) { return app_reaction{http_response("200 OK", R"({"status":1})")}; };
  std::vector<app_request> requests;
  std::size_t connections = 0;

  /// `tls` null: plain. `port` 0: any free one.
  explicit fake_app_server(boost::asio::io_context& io, boost::asio::ssl::context* tls = nullptr,
                           std::uint16_t port = 0)
      : acceptor_{io, tcp::endpoint{boost::asio::ip::address_v4::loopback(), port}}, tls_{tls} {
    accept();
  }

  fake_app_server(const fake_app_server&) = delete;
  fake_app_server& operator=(const fake_app_server&) = delete;
  ~fake_app_server() {
    boost::system::error_code ignored;
    for (const auto& each : sessions_)
      if (const auto alive = each.lock())
        alive->stream.next_layer().close(ignored);
  }

  /// Number of connections that neither side has closed.
  std::size_t open() const {
    std::size_t count = 0;
    for (const auto& each : sessions_)
      count += each.expired() ? 0 : 1;
    return count;
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

private:
  struct session : std::enable_shared_from_this<session> {
    session(fake_app_server& owner, tcp::socket socket, std::size_t which)
        : server{owner},
          stream{std::move(socket), owner.tls_ != nullptr ? *owner.tls_ : owner.no_tls_},
          number{which} {}

    void start() {
      if (server.tls_ == nullptr)
        return read();
      stream.async_handshake(boost::asio::ssl::stream_base::server, [self = shared_from_this()](auto error) {
        if (!error)
          self->read();
      });
    }

    void read() {
      auto then = [self = shared_from_this()](auto error, std::size_t size) {
        if (error)
          return;
        self->received.append(self->bytes.data(), size);
        if (self->take_request())
          self->read();
      };
      if (server.tls_ != nullptr)
        stream.async_read_some(boost::asio::buffer(bytes), std::move(then));
      else
        stream.next_layer().async_read_some(boost::asio::buffer(bytes), std::move(then));
    }

    // Returns false once the connection is closed.
    bool take_request() {
      const auto end = received.find("\r\n\r\n");
      if (end == std::string::npos)
        return true;
      const auto field = received.find("Content-Length: ");
      const auto size = field < end ? std::strtoul(received.c_str() + field + 16, nullptr, 10) : 0;
      if (received.size() < end + 4 + size)
        return true;
      server.requests.push_back({number, received.substr(0, end + 2), received.substr(end + 4, size)});
      received.erase(0, end + 4 + size);
      const auto reaction = server.react(server.requests.back());
      boost::system::error_code ignored;
      if (server.tls_ != nullptr)
        boost::asio::write(stream, boost::asio::buffer(reaction.bytes), ignored);
      else
        boost::asio::write(stream.next_layer(), boost::asio::buffer(reaction.bytes), ignored);
      if (reaction.then == app_reaction::keep)
        return true;
      if (reaction.then == app_reaction::reset)
        stream.next_layer().set_option(boost::asio::socket_base::linger{true, 0}, ignored);
      stream.next_layer().close(ignored);
      return false;
    }

    fake_app_server& server;
    boost::asio::ssl::stream<tcp::socket> stream;
    std::size_t number;
    std::string received;
    std::array<char, 16'384> bytes{};
  };

  void accept() {
    acceptor_.async_accept([this](auto error, tcp::socket socket) {
      if (error)
        return;
      const auto added = std::make_shared<session>(*this, std::move(socket), ++connections);
      sessions_.push_back(added);
      added->start();
      accept();
    });
  }

  tcp::acceptor acceptor_;
  std::vector<std::weak_ptr<session>> sessions_;
  boost::asio::ssl::context* tls_;
  boost::asio::ssl::context no_tls_{boost::asio::ssl::context::tls_server};
};

}  // namespace ability::test
