#include "net/fly/transport/tcp_listener.hpp"

#include <utility>

#include "net/fly/transport/stream_transport.hpp"
#include "net/fly/transport/websocket_handshake.hpp"

namespace ability::fly {

namespace {

constexpr int backlog = 4'096;

bool is_websocket(carrier which) { return which == carrier::ws || which == carrier::wss; }

}  // namespace

tcp_listener::tcp_listener(const executor& on, address where, listen_options options,
                           std::shared_ptr<const tls_context> tls, std::function<void(transport_ptr)> on_accept)
    : on_{on},
      acceptor_{on},
      where_{std::move(where)},
      options_{std::move(options)},
      tls_{std::move(tls)},
      on_accept_{std::move(on_accept)},
      open_{std::make_shared<char>()} {}

boost::system::error_code tcp_listener::open(const boost::asio::ip::tcp::endpoint& where) {
  if (const auto error = acceptor_.open(where, backlog))
    return error;
  where_.port = acceptor_.local().port();
  acceptor_.start(shared_from_this());
  return {};
}

void tcp_listener::close() {
  acceptor_.close();
  for (const auto& each : std::exchange(handshakes_, {})) {
    each->stream->close();
    each->deadline.cancel();
  }
  // Posted: one of them may be running.
  boost::asio::post(on_, [self = shared_from_this()] {
    self->on_accept_ = nullptr;
    self->on_stream_ = nullptr;
  });
}

void tcp_listener::on_accept(tcp_socket socket) {
  if (static_cast<std::size_t>(open_.use_count()) > options_.max_connections) {
    ++counters_.refused;
    return;
  }
  std::unique_ptr<tls_session> tls;
  if (tls_ != nullptr)
    tls = std::make_unique<tls_session>(*tls_, socket.native_handle());
  auto stream = std::make_shared<byte_stream>(std::move(socket), std::move(tls), open_);
  if (where_.carrier == carrier::tcp) {
    hand_out(std::move(stream));
    return;
  }
  const auto made = std::make_shared<handshake>(handshake{stream, steady_timer{on_}});
  handshakes_.insert(made);
  made->deadline.expires_after(options_.handshake_timeout);
  made->deadline.async_wait([self = shared_from_this(), made](boost::system::error_code error) {
    if (!error)
      self->finish(made, nullptr);
  });
  stream->async_handshake([self = shared_from_this(), made](const std::string& error) {
    if (error.empty())
      self->on_secured(made);
    else
      self->finish(made, nullptr);
  });
}

void tcp_listener::on_secured(const handshake_ptr& which) {
  if (is_websocket(where_.carrier))
    async_accept(which->stream, where_.path, options_.profile, [self = shared_from_this(), which](auto made) {
      self->finish(which, made ? std::move(*made) : nullptr);
    });
  else if (end(which))
    hand_out(which->stream);
}

// True if the handshake was still pending.
bool tcp_listener::end(const handshake_ptr& which) {
  which->deadline.cancel();
  return handshakes_.erase(which) != 0;
}

void tcp_listener::finish(const handshake_ptr& which, transport_ptr made) {
  if (!end(which))
    return;
  if (made != nullptr) {
    hand_out(std::move(made));
  } else {
    ++counters_.failed_handshakes;
    which->stream->drain();
  }
}

void tcp_listener::hand_out(byte_stream_ptr stream) {
  if (!on_stream_)
    return hand_out(transport_ptr{std::make_shared<stream_transport>(std::move(stream), options_.profile)});
  ++counters_.accepted;
  on_stream_(std::move(stream));
}

void tcp_listener::hand_out(transport_ptr made) {
  ++counters_.accepted;
  if (on_accept_)
    on_accept_(std::move(made));
}

}  // namespace ability::fly
