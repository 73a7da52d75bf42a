#include "net/fly_gateway/backend_link.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <utility>

#include "actors/ingress/ingress.hpp"
#include "actors/node/log.hpp"
#include "protocol/auth/secret.hpp"
#include "protocol/fly/link_proof.hpp"
#include "protocol/fly/remote_error.hpp"
#include "protocol/json/excerpt.hpp"
#include "protocol/text/host_port.hpp"

namespace ability {

namespace asio = boost::asio;

namespace {

constexpr std::size_t read_size = std::size_t{64} << 10;

std::string packet_of(const fly::packet& what) {
  std::string bytes;
  append_packet(bytes, what);
  return bytes;
}

std::string helo_packet(const fly::helo_request& helo) {
  const auto buffer = encode_helo(helo);
  return packet_of({.type = fly::subtype::helo, .buffer = buffer});
}

}  // namespace

backend_link::backend_link(edge& where, const backend_endpoint& backend)
    : edge_{where},
      backend_{backend},
      connector_{where.lane.io().get_executor()},
      timer_{where.lane.io().get_executor()},
      calls_{where.lane.wheel()} {}

std::string backend_link::name() const { return host_port(backend_.host, backend_.port); }

// -- opening ---

void backend_link::start() { dial(); }

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
  proved_ = false;
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
    self->nonce_ = random_id();
    self->stream_->write(helo_packet({.role = "gateway", .nonce = self->nonce_}));
    self->wait();
  });
}

void backend_link::on_greeting(const fly::packet& what) {
  if (what.type != fly::subtype::helo || !what.has(fly::helo_option::resp)) {
    lose("it is no FlyRPC backend: it did not answer the Helo of a gateway");
    return;
  }
  if (what.has(fly::helo_option::error)) {
    const auto error = fly::decode_error(what.buffer);
    lose("it refuses the link: " + (error.text.empty() ? fly::name_of(error.code) : excerpt(error.text)));
    return;
  }
  if (proved_) {
    opened();
    return;
  }
  const auto helo = fly::decode_helo_reply(what.buffer);
  if (!helo || helo->role != "backend") {
    lose(helo ? "it is no backend" : "its Helo makes no sense: " + helo.error().detail);
    return;
  }
  std::string proof;
  if (!secret_.empty()) {
    if (!constant_time_equal(helo->proof, fly::link_proof(secret_, "backend", helo->nonce, nonce_))) {
      lose("it does not know the secret that both must share (--fly-rpc-secret here)");
      return;
    }
    proof = fly::link_proof(secret_, "gateway", nonce_, helo->nonce);
  }
  stream_->write(helo_packet({.role = "gateway", .proof = proof}));
  proved_ = true;
}

void backend_link::opened() {
  state_ = state::up;
  timer_.cancel();
  pauses_.connected(std::chrono::steady_clock::now());
  complained_ = false;
  why_down_.clear();
  places_.assign(1, {.taken = true});
  free_.clear();
  link_reader_ = fly::packet_reader{};
  edge_.home.counters.backend_links_opened.add();
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
    edge_.home.counters.backend_links_closed.add();
  if (!why.empty())
    why_down_ = why;
  if (!why.empty() && !std::exchange(complained_, true))
    log(log_level::warn, was_up ? "backend link lost" : "backend not reached", {{"backend", name()}, {"reason", why}});
  set_timer(pauses_.next(std::chrono::steady_clock::now()), &backend_link::dial);
  for (const auto& each : std::exchange(places_, {}))
    if (each.client != nullptr)
      each.client->backend_closed("the link to the backend is lost");
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
  thread_local std::array<char, read_size> buffer;
  error_code error;
  const auto size = stream_->read_some(buffer, error);
  if (error && error != asio::error::would_block) {
    lose(error == asio::error::eof ? "it closed the connection" : error.message());
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
    on_greeting(*next);
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
  ++frames_;
  shared_frames shared{frame.buffer};
  for (const auto id : frame.targets) {
    if (id >= places_.size() || std::exchange(places_[id].frame, frames_) == frames_)
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
    else if (auto* client = places_[id].client) {
      pauses_.succeeded();
      client->from_backend(frame.buffer, shared);
    }
    if (state_ != state::up)
      return;
  }
}

void backend_link::on_closed(fly::client_id id) {
  auto& here = places_[id];
  if (!here.taken)
    return;
  here.taken = false;
  free_.push_back(id);
  if (auto* client = std::exchange(here.client, nullptr)) {
    std::string frame;
    fly::append_frames(frame, std::array{id}, {});
    stream_->write(frame);
    client->backend_closed("the backend closed the connection");
  }
}

void backend_link::on_link_packet(const fly::packet& what) {
  if (looks_legacy(what)) {
    log(log_level::warn, "backend seems to speak the legacy profile (0xB0), packet dropped", {{"backend", name()}});
    return;
  }
  if (what.type == fly::subtype::ping && what.has(fly::ping_option::ping) && !what.has(fly::ping_option::pong))
    send(fly::link_id, packet_of({.type = fly::subtype::ping,
                                  .options = fly::ping_option::pong,
                                  .sequence = what.sequence,
                                  .buffer = what.buffer}));
  if (what.type != fly::subtype::rpc)
    return;
  pauses_.succeeded();
  if (what.has(fly::rpc_option::resp))
    calls_.finish(what);
  else
    take_publication(what);
}

void backend_link::take_publication(const fly::packet& what) {
  const auto answer = [&](std::uint8_t options, std::string_view buffer) {
    send(fly::link_id, packet_of({.type = fly::subtype::rpc,
                                  .options = options,
                                  .command = what.command,
                                  .sequence = what.sequence,
                                  .buffer = buffer}));
  };
  const auto refuse = [&](fly::error_code why, std::string text) {
    answer(fly::rpc_option::resp | fly::rpc_option::error, encode_error(fly::remote_error{why, std::move(text)}));
  };
  auto& home = edge_.home;
  if (what.command != fly::link_command::publish) {
    refuse(fly::error_code::not_found, "a gateway is asked to publish (command 4), nothing else");
  } else if (home.here.gate.full()) {
    home.counters.refused_broadcasts.add();
    note_refusal(home, refusal_reason::publication_busy, name(), "too many broadcasts are pending");
    refuse(fly::error_code::too_many, "too many broadcasts are pending");
  } else if (auto publication = decode_publication(what.buffer)) {
    publish(home, std::move(*publication), reach::everywhere);
    if (what.has(fly::rpc_option::ack))
      answer(fly::rpc_option::resp, {});
  } else {
    home.counters.failed_broadcasts.add();
    note_refusal(home, refusal_reason::publication_malformed, name(), publication.error().detail);
    refuse(fly::error_code::bad_payload, publication.error().detail);
  }
}

}  // namespace ability
