#include "net/fly/transport/dial.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "net/fly/transport/stream_transport.hpp"
#include "net/fly/transport/udp_transport.hpp"
#include "net/fly/transport/websocket_handshake.hpp"
#include "net/io/byte_stream.hpp"
#include "net/io/connector.hpp"
#include "net/io/tls.hpp"

namespace ability::fly {

namespace asio = boost::asio;

using boost::system::error_code;

namespace {

// One attempt. Its steps are in the order of their execution; each may be the last, which empties `done_`.
class attempt final : public std::enable_shared_from_this<attempt> {
public:
  attempt(const executor& on, const address& where, dial_options options, std::function<void(dial_result)> done)
      : where_{where},
        options_{std::move(options)},
        done_{std::move(done)},
        on_{on},
        connector_{on},
        ends_{std::chrono::steady_clock::now() + options_.timeout},
        deadline_{on} {}

  void start() {
    asio::post(on_, [self = shared_from_this()] {
      if (self->done_)
        self->prepare();
    });
  }

  void cancel() {
    done_ = nullptr;
    deadline_.cancel();
    connector_.cancel();
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
    connect();
  }

  void connect() {
    if (where_.carrier == carrier::udp)
      connector_.look_up(where_.host, where_.port, {ends_}, [self = shared_from_this()](const auto& found) {
        if (found)
          self->connect_udp(*found);
        else
          self->fail(found.error());
      });
    else
      connector_.connect(where_.host, where_.port, {ends_}, [self = shared_from_this()](auto connected) {
        if (connected)
          self->secure(std::move(*connected));
        else
          self->fail(connected.error());
      });
  }

  void connect_udp(const connector::endpoints& found) {
    error_code error;
    for (const auto& each : found) {
      udp_socket socket{on_};
      socket.connect({each.address(), each.port()}, error);
      if (!error) {
        const auto buffer = std::min(options_.udp_buffer, max_udp_buffer);
        finish(transport_ptr{std::make_shared<udp_transport>(std::move(socket), buffer, options_.profile)});
        return;
      }
    }
    fail(error.message());
  }

  void limit_handshakes() {
    deadline_.expires_at(ends_);
    deadline_.async_wait([self = shared_from_this()](error_code error) {
      if (!error)
        self->fail_late(self->stage_);
    });
  }

  void secure(tcp_socket socket) {
    limit_handshakes();
    std::unique_ptr<tls_session> tls;
    if (tls_ != nullptr)
      tls = std::make_unique<tls_session>(*tls_, socket.native_handle(), where_.host);
    stream_ = std::make_shared<byte_stream>(std::move(socket), std::move(tls));
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

  void fail(const connect_failure& why) {
    const bool is_name = why.at == connect_failure::stage::look_up;
    if (why.code == asio::error::timed_out)
      fail_late(is_name ? "the look-up of the host" : "the connection");
    else if (is_name)
      fail("the host cannot be resolved: " + why.code.message() + "; check the name");
    else
      fail(why.code.message() +
           (why.code == asio::error::connection_refused ? "; is the server running, and at that port?" : ""));
  }

  void fail_late(const std::string& stage) {
    fail(stage + " took longer than " + std::to_string(options_.timeout.count()) + " ms");
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
  const executor on_;
  connector connector_;
  const std::chrono::steady_clock::time_point ends_;
  steady_timer deadline_;  // of the handshakes
  std::shared_ptr<const tls_context> tls_;
  byte_stream_ptr stream_;  // set after the connection is made
  std::string stage_ = "the TLS handshake";
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
