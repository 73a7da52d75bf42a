#include "net/fly_gateway/backend_link.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "actors/node/log.hpp"
#include "net/fly_gateway/backend_publication.hpp"

namespace ability {

namespace {

constexpr std::size_t backend_read_size = std::size_t{64} << 10;
constexpr std::size_t joined_size = std::size_t{16} << 10;  // bytes of one client in one frame, if sent together

}  // namespace

backend_link::backend_link(lane_context& where, const backend_endpoint& backend)
    : context_{where},
      backend_{backend},
      connector_{where.lane.io().get_executor()},
      timer_{where.lane.io().get_executor()},
      calls_{where.lane.wheel()} {}

// -- opening ---

void backend_link::stop() {
  if (state_ == state::stopped)
    return;
  lose({});
  state_ = state::stopped;
  timer_.cancel();
}

void backend_link::set_timer(std::chrono::milliseconds delay, void (backend_link::*then)()) {
  timer_.expires_after(delay);
  timer_.async_wait([weak = weak_from_this(), then](error_code error) {
    if (const auto self = weak.lock(); self != nullptr && !error && self->state_ != state::stopped)
      (*self.*then)();
  });
}

void backend_link::dial() {
  state_ = state::opening;
  set_timer(opening_timeout, &backend_link::took_too_long);
  connector_.connect(backend_.host, backend_.port, {}, [self = shared_from_this()](auto connected) {
    if (connected)
      return self->greet(std::move(*connected));
    const auto& [at, code] = connected.error();
    self->lose((at == fly::connect_failure::stage::look_up ? "cannot resolve the name: " : "cannot connect: ") +
               code.message());
  });
}

void backend_link::greet(fly::tcp_socket socket) {
  std::unique_ptr<fly::tls_session> tls;
  if (backend_.tls) {
    auto context = fly::tls_context::for_client(backend_.ca_file, backend_.verify);
    if (!context) {
      lose(context.error());
      return;
    }
    tls = std::make_unique<fly::tls_session>(**context, socket.native_handle(), backend_.host);
  }
  stream_ = std::make_shared<fly::byte_stream>(std::move(socket), std::move(tls));
  stream_->on_broken([weak = weak_from_this()](const std::string& why) {
    if (const auto self = weak.lock())
      self->lose(why);
  });
  stream_->async_handshake([self = shared_from_this(), of = stream_.get()](const std::string& error) {
    if (of != self->stream_.get())
      return;
    if (!error.empty()) {
      self->lose(error);
      return;
    }
    self->stream_->write(self->handshake_.emplace(self->secret_).handshake_message());
    self->wait();
  });
}

void backend_link::on_handshake_message(const fly::packet& what) {
  const auto next = handshake_->receive(what);
  if (!next.failed.empty())
    lose(next.failed);
  else if (next.is_open)
    opened();
  else
    stream_->write(next.send);
}

void backend_link::opened() {
  state_ = state::up;
  timer_.cancel();
  pauses_.connected(std::chrono::steady_clock::now());
  complained_ = false;
  why_down_.clear();
  clients_.open();
  link_reader_ = fly::packet_reader{};
  context_.home.counters.backend_links_opened.add();
  log(log_level::info, "backend link up", {{"backend", name()}});
}

void backend_link::lose(const std::string& why) {
  if (state_ == state::stopped || state_ == state::down)
    return;
  const bool was_up = state_ == state::up;
  state_ = state::down;
  if (auto stream = std::exchange(stream_, nullptr))
    stream->close();
  connector_.cancel();
  in_.clear();
  congested_ = false;
  if (was_up)
    context_.home.counters.backend_links_closed.add();
  if (!why.empty())
    why_down_ = why;
  if (!why.empty() && !std::exchange(complained_, true))
    log(log_level::warn, was_up ? "backend link lost" : "backend not reached", {{"backend", name()}, {"reason", why}});
  set_timer(pauses_.next(std::chrono::steady_clock::now(), context_.home.random), &backend_link::dial);
  for (auto* each : clients_.clear())
    each->backend_closed("the link to the backend is lost");
  calls_.fail_all("the link to the backend is lost");
}

// -- in ---

void backend_link::wait() {
  stream_->wait_readable([self = shared_from_this(), of = stream_.get()] {
    if (of == self->stream_.get())
      self->read();
  });
}

void backend_link::read() {
  thread_local std::array<char, backend_read_size> buffer;
  error_code error;
  const auto size = stream_->read_some(buffer, error);
  if (error && error != boost::asio::error::would_block) {
    lose(error == boost::asio::error::eof ? "it closed the connection" : error.message());
    return;
  }
  in_.append(buffer.data(), size);
  on_bytes();
  if (stream_ != nullptr)
    wait();
}

void backend_link::on_bytes() {
  std::size_t done = 0;
  const auto rest = [&] { return std::string_view{in_}.substr(done); };
  while (state_ == state::opening) {
    const auto next = fly::first_packet(rest());
    if (!next)
      break;
    done += size_of(*next);
    on_handshake_message(*next);
  }
  while (state_ == state::up) {
    const auto next = fly::first_frame(rest());
    if (!next)
      break;
    done += next->size;
    on_frame(*next);
  }
  in_.erase(0, std::min(done, in_.size()));
}

void backend_link::on_frame(const fly::mux_frame& frame) {
  clients_.begin_frame();
  shared_frames shared{frame.buffer};
  for (const auto id : frame.targets) {
    if (!clients_.is_new_target(id))
      continue;
    if (id == fly::link_id && frame.buffer.empty())
      lose("it closed the link");
    else if (id == fly::link_id)
      link_reader_.feed(frame.buffer, [this](const fly::packet& what) {
        on_link_packet(what);
        return state_ == state::up;
      });
    else if (frame.buffer.empty())
      on_closed(id);
    else if (auto* client = clients_.find(id)) {
      pauses_.succeeded();
      client->from_backend(frame.buffer, shared);
    }
    if (state_ != state::up)
      return;
  }
}

void backend_link::on_closed(fly::client_id id) {
  if (auto* client = clients_.free(id)) {
    say_closed(id);
    client->backend_closed("the backend closed the connection");
  }
}

void backend_link::answer_ping(const fly::packet& what) {
  std::string bytes;
  fly::append_packet(bytes, {.type = fly::subtype::ping,
                             .options = fly::ping_option::pong,
                             .sequence = what.sequence,
                             .buffer = what.buffer});
  send(fly::link_id, bytes);
}

void backend_link::on_link_packet(const fly::packet& what) {
  if (looks_legacy(what)) {
    log(log_level::warn, "backend seems to speak the legacy profile (0xB0), packet dropped", {{"backend", name()}});
    return;
  }
  if (what.type == fly::subtype::ping && what.has(fly::ping_option::ping) && !what.has(fly::ping_option::pong))
    answer_ping(what);
  if (what.type != fly::subtype::rpc)
    return;
  pauses_.succeeded();
  if (what.has(fly::rpc_option::resp))
    calls_.finish(what);
  else if (const auto answer = handle_publication(
               what, [this] { return name(); }, context_.home,
               [&io = context_.lane.io(), link = weak_from_this()](std::string late) {
                 boost::asio::post(io, [link, late = std::move(late)] {
                   if (const auto self = link.lock())
                     self->send(fly::link_id, late);
                 });
               });
           !answer.empty())
    send(fly::link_id, answer);
}

// -- clients ---

std::optional<fly::client_id> backend_link::open(backend_client& client) {
  if (state_ != state::up)
    return {};
  const auto id = clients_.take(client);
  if (!id)
    context_.home.counters.hit(limit::backend_clients);
  return id;
}

void backend_link::send(fly::client_id id, std::string_view bytes) {
  if (state_ != state::up)
    return;
  stream_->write_by([&](std::string& queue) {
    if (id != fly::link_id && fly::extend_frame(queue, last_frame_, id, bytes, joined_size))
      return;
    last_frame_ = queue.size();
    fly::append_frames(queue, std::array{id}, bytes);
  });
  if (stream_->queued() > backend_.max_pending)
    end_slow();
  else
    watch_congestion();
}

// Closes a link over its limit. Clients are not read then, so most of the queue is answers to the backend itself.
void backend_link::end_slow() {
  context_.home.counters.hit(limit::backend_pending_size);
  lose("it does not read, " + std::to_string(stream_->queued()) + " bytes wait for it (--fly-rpc-max-pending-size)");
}

void backend_link::close(fly::client_id id) {
  if (state_ == state::up && clients_.close(id))
    say_closed(id);
}

void backend_link::say_closed(fly::client_id id) {
  std::string frame;
  fly::append_frames(frame, std::array{id}, {});
  stream_->write(frame);
}

// Tells clients that wait for the link when it has room again.
void backend_link::watch_congestion() {
  static constexpr std::chrono::milliseconds look_again{5};
  if (!is_congested() || std::exchange(congested_, true))
    return;
  set_timer(look_again, &backend_link::look_for_room);
}

void backend_link::look_for_room() {
  congested_ = false;
  if (state_ != state::up)
    return;
  watch_congestion();
  if (congested_)
    return;
  for (std::size_t id = 1; id < clients_.size() && state_ == state::up && !is_congested(); ++id)
    if (auto* client = clients_.find(static_cast<fly::client_id>(id)))
      client->backend_drained();
}

void backend_link::call(const rpc_request& request, std::chrono::milliseconds timeout,
                        std::function<void(rpc_outcome)> done) {
  if (state_ != state::up)
    done(rpc_error{rpc_failure::unavailable, "the link to the backend is down"});
  else if (const auto bytes = calls_.begin(request, timeout, std::move(done)))
    send(fly::link_id, *bytes);
}

}  // namespace ability
