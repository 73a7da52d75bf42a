#include "net/fly/transport/dial.hpp"

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "net/fly/transport/stream_transport.hpp"
#include "net/fly/transport/udp_transport.hpp"
#include "net/fly/transport/websocket_handshake.hpp"
#include "net/io/byte_stream.hpp"
#include "net/io/tls.hpp"

namespace ability::fly {

namespace asio = boost::asio;

using boost::system::error_code;

namespace {

using resolver_type = asio::ip::basic_resolver<asio::ip::tcp, executor>;

// One attempt. Its steps are in the order of their execution; each may be the last, which empties `done_`.
class attempt final : public std::enable_shared_from_this<attempt> {
public:
  attempt(const executor& on, const address& where, dial_options options, std::function<void(dial_result)> done)
      : where_{where},
        options_{std::move(options)},
        done_{std::move(done)},
        resolver_{on},
        deadline_{on},
        socket_{on} {}

  void start() {
    deadline_.expires_after(options_.timeout);
    deadline_.async_wait([self = shared_from_this()](error_code error) {
      if (!error)
        self->fail(self->stage_ + " took longer than " + std::to_string(self->options_.timeout.count()) + " ms");
    });
    asio::post(resolver_.get_executor(), [self = shared_from_this()] {
      if (self->done_)
        self->prepare();
    });
  }

  void cancel() {
    done_ = nullptr;
    deadline_.cancel();
    resolver_.cancel();
    error_code ignored;
    socket_.close(ignored);
    if (auto stream = std::move(stream_))
      stream->close();
  }

private:
  void prepare() {
    const bool secure = where_.carrier == carrier::tls || where_.carrier == carrier::wss;
    if (secure && options_.tls != nullptr) {
      tls_ = options_.tls;
    } else if (secure) {
      auto loaded = tls_context::for_client(options_.ca_file, options_.verify);
      if (!loaded) {
        fail(loaded.error());
        return;
      }
      tls_ = std::move(*loaded);
    }
    resolve();
  }

  void resolve() {
    // An address literal skips the resolver, which would use a thread.
    error_code is_name;
    const auto port = std::to_string(where_.port);
    if (const auto literal = asio::ip::make_address(where_.host, is_name); !is_name) {
      connect(resolver_type::results_type::create(asio::ip::tcp::endpoint{literal, where_.port}, where_.host, port));
      return;
    }
    resolver_.async_resolve(where_.host, port, [self = shared_from_this()](error_code error, const auto& found) {
      if (!self->done_)
        return;
      if (error)
        self->fail("the host cannot be resolved: " + error.message() + "; check the name");
      else
        self->connect(found);
    });
  }

  void connect(const resolver_type::results_type& found) {
    if (where_.carrier == carrier::udp) {
      connect_udp(found);
      return;
    }
    stage_ = "the connection";
    asio::async_connect(socket_, found, [self = shared_from_this()](error_code error, const auto&) {
      if (!self->done_)
        return;
      if (error)
        self->fail(error.message() +
                   (error == asio::error::connection_refused ? "; is the server running, and at that port?" : ""));
      else
        self->secure();
    });
  }

  void connect_udp(const resolver_type::results_type& found) {
    error_code error;
    for (const auto& each : found) {
      udp_socket socket{resolver_.get_executor()};
      socket.connect({each.endpoint().address(), each.endpoint().port()}, error);
      if (!error) {
        const auto buffer = std::min(options_.udp_buffer, max_udp_buffer);
        finish(transport_ptr{std::make_shared<udp_transport>(std::move(socket), buffer, options_.profile)});
        return;
      }
    }
    fail(error.message());
  }

  void secure() {
    std::unique_ptr<tls_session> tls;
    if (tls_ != nullptr)
      tls = std::make_unique<tls_session>(*tls_, socket_.native_handle(), where_.host);
    stage_ = "the TLS handshake";
    stream_ = std::make_shared<byte_stream>(std::move(socket_), std::move(tls));
    stream_->async_handshake([self = shared_from_this()](const std::string& error) {
      if (!self->done_)
        return;
      if (error.empty())
        self->upgrade();
      else
        self->fail("the TLS handshake failed: " + error + "; " + self->remedy_of_tls(error));
    });
  }

  std::string remedy_of_tls(const std::string& error) const {
    if (error.find("wrong version number") != std::string::npos)
      return std::string{"does the server speak TLS there? else begin the address with "} +
             (where_.carrier == carrier::wss ? "ws://" : "tcp://");
    return options_.ca_file.empty() ? "name the file of its authority, or check the server's certificate"
                                    : "check the server's certificate and the file of its authority";
  }

  void upgrade() {
    if (where_.carrier == carrier::tcp || where_.carrier == carrier::tls) {
      finish(transport_ptr{std::make_shared<stream_transport>(std::move(stream_), options_.profile)});
      return;
    }
    stage_ = "the WebSocket handshake";
    async_upgrade(stream_, where_, options_.profile, [self = shared_from_this()](auto made) {
      if (!self->done_)
        return;
      if (!made) {
        self->fail(made.error());
      } else {
        self->stream_ = nullptr;
        self->finish(std::move(made));
      }
    });
  }

  void fail(const std::string& why) { finish("cannot connect to " + to_string(where_) + ": " + why); }

  void finish(dial_result result) {
    if (const auto done = std::exchange(done_, nullptr)) {
      cancel();
      done(std::move(result));
    }
  }

  address where_;
  dial_options options_;
  std::function<void(dial_result)> done_;
  resolver_type resolver_;
  steady_timer deadline_;
  tcp_socket socket_;
  std::shared_ptr<const tls_context> tls_;
  byte_stream_ptr stream_;  // set after the connection is made
  std::string stage_ = "the look-up of the host";
};

class handle final : public dialing {
public:
  explicit handle(std::shared_ptr<attempt> what) : what_{std::move(what)} {}
  ~handle() override { what_->cancel(); }

private:
  std::shared_ptr<attempt> what_;
};

}  // namespace

std::unique_ptr<dialing> async_dial(const executor& on, const address& where, dial_options options,
                                    std::function<void(dial_result)> done) {
  const auto made = std::make_shared<attempt>(on, where, std::move(options), std::move(done));
  made->start();
  return std::make_unique<handle>(made);
}

}  // namespace ability::fly
