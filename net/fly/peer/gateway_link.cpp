#include "net/fly/peer/gateway_link.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "net/fly/peer/peer.hpp"
#include "net/fly/peer/peer_core.hpp"
#include "net/fly/transport/packets.hpp"
#include "protocol/auth/secret.hpp"
#include "protocol/fly/link_proof.hpp"

namespace ability::fly {

namespace {

constexpr std::size_t read_size = 65'536;  // bytes per read

// Maximum bytes of a frame joined from several for one client in one turn: the gateway handles only complete frames.
constexpr std::size_t joined_size = 16'384;

}  // namespace

gateway_link::gateway_link(std::shared_ptr<link_registry> among, byte_stream_ptr stream)
    : among_{std::move(among)},
      stream_{std::move(stream)},
      peer_{text_of(stream_->peer())},
      timer_{stream_->get_executor()} {}

void gateway_link::start() {
  among_->links.insert(shared_from_this());
  stream_->on_broken([weak = weak_from_this()](const std::string& why) {
    if (const auto self = weak.lock())
      self->end(why);
  });
  timer_.expires_after(opening_timeout);
  timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    if (const auto self = weak.lock(); self && !error)
      self->end("the gateway took too long to greet");
  });
  wait();
}

void gateway_link::end(const std::string& why) {
  const auto before = std::exchange(state_, state::ended);
  if (before == state::ended)
    return;
  among_->open -= before == state::open;
  const auto self = shared_from_this();
  among_->links.erase(self);
  timer_.cancel();
  stream_->drain();
  if (!why.empty())
    among_->engine->log("the link to the gateway at " + peer_ + " ended: " + why);
  itself_ = nullptr;
  for (const auto& each : std::exchange(places_, {}))
    if (each.client)
      each.client->gone("the link to the gateway is lost");
}

// -- in ---

void gateway_link::wait() {
  reading_ = true;
  stream_->wait_readable([self = shared_from_this()] { self->read(); });
}

void gateway_link::read() {
  reading_ = false;
  thread_local std::array<char, read_size> buffer;
  if (state_ == state::ended || congested_)
    return;
  boost::system::error_code error;
  const auto size = stream_->read_some(buffer, error);
  in_.append(buffer.data(), size);
  on_bytes();
  if (error && error != boost::asio::error::would_block)
    end(error == boost::asio::error::eof ? "the gateway closed it" : error.message());
  else if (state_ != state::ended && !congested_)
    wait();
}

void gateway_link::on_bytes() {
  std::size_t done = 0;
  const auto rest = [&] { return std::string_view{in_}.substr(done); };
  while (state_ == state::silent || state_ == state::greeted) {
    const auto next = first_packet(rest());
    if (!next)
      break;
    done += size_of(*next);
    on_helo(*next);
  }
  while (state_ == state::open) {
    const auto next = first_frame(rest());
    if (!next)
      break;
    done += next->size;
    on_frame(*next);
  }
  in_.erase(0, done);
}

void gateway_link::on_frame(const mux_frame& frame) {
  ++frames_;
  for (const auto id : frame.targets) {
    if (id >= places_.size())
      places_.resize(std::size_t{id} + 1);
    if (std::exchange(places_[id].frame, frames_) != frames_)
      on_piece(id, frame.buffer);
    if (state_ != state::open)
      return;
  }
}

void gateway_link::on_piece(client_id id, std::string_view bytes) {
  auto& here = places_[id];
  const auto client = here.client;
  if (bytes.empty() && id == link_id) {
    end("the gateway closed it");
  } else if (bytes.empty()) {
    here.client = nullptr;
    here.closing = false;
    if (client) {
      send({&id, 1}, {});
      client->gone("");
    }
  } else if (client) {
    client->take(bytes);
  } else if (!here.closing) {
    open(id, false)->take(bytes);
  }
}

std::shared_ptr<link_client> gateway_link::open(client_id id, bool is_link) {
  if (id >= places_.size())
    places_.resize(std::size_t{id} + 1);
  auto made = std::make_shared<link_client>(shared_from_this(), id);
  places_[id].client = made;
  const auto over = std::make_shared<fly::peer>(among_->engine, made, is_link ? side::link : side::member);
  over->core().start();
  if (is_link)
    itself_ = over;
  return made;
}

// -- out ---

void gateway_link::send(std::span<const client_id> targets, std::string_view bytes) {
  if (state_ != state::open)
    return;
  stream_->write_by([&](std::string& queue) {
    const bool one_client = targets.size() == 1 && targets.front() != link_id;
    if (one_client && extend_frame(queue, last_frame_, targets.front(), bytes, joined_size))
      return;
    last_frame_ = queue.size();
    append_frames(queue, targets, bytes);
  });
  if (!congested_ && queued() > among_->engine->options.max_queued) {
    congested_ = true;
    check_queue();
  }
}

void gateway_link::check_queue() {
  timer_.expires_after(queue_check);
  timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    const auto self = weak.lock();
    if (!self || error || self->state_ != state::open)
      return;
    self->congested_ = self->queued() > self->among_->engine->options.max_queued / 2;
    if (self->congested_)
      self->check_queue();
    else if (!self->reading_)
      self->wait();
  });
}

void gateway_link::close(client_id id) {
  if (state_ != state::open)
    return;
  if (id == link_id)
    return end("closed here");
  places_[id].client = nullptr;
  places_[id].closing = true;
  send({&id, 1}, {});
}

// -- opening ---

void gateway_link::on_helo(const packet& what) {
  if (what.type != subtype::helo || what.has(helo_option::resp | helo_option::error))
    return end("it is no gateway: it did not say Helo");
  if (state_ == state::silent)
    greet(what);
  else
    admit(what);
}

void gateway_link::greet(const packet& what) {
  const auto helo = decode_helo_request(what.buffer);
  if (!helo)
    return refuse(what, remote_error{error_code::bad_payload, helo.error().detail});
  if (helo->role != "gateway")
    return refuse(what, remote_error{error_code::forbidden, "this is for gateways only"});
  gateway_nonce_ = helo->nonce;
  nonce_ = random_id();
  helo_reply reply{.role = "backend", .node = among_->node, .nonce = nonce_};
  if (!among_->secret.empty())
    reply.proof = link_proof(among_->secret, "backend", nonce_, gateway_nonce_);
  greet_back(what, reply);
  state_ = state::greeted;
}

void gateway_link::greet_back(const packet& what, const helo_reply& reply) {
  std::string bytes;
  append_packet(bytes, {subtype::helo, helo_option::resp, what.command, what.sequence, encode_helo(reply)});
  stream_->write(bytes);
}

void gateway_link::admit(const packet& what) {
  const auto helo = decode_helo_request(what.buffer);
  if (!helo)
    return refuse(what, remote_error{error_code::bad_payload, helo.error().detail});
  if (!among_->secret.empty() &&
      !constant_time_equal(helo->proof, link_proof(among_->secret, "gateway", gateway_nonce_, nonce_)))
    return refuse(what, remote_error{error_code::unauthorized, "the gateway does not know the secret of this backend"});
  timer_.cancel();
  greet_back(what, {.role = "backend"});  // the gateway accepts clients from now on
  state_ = state::open;
  ++among_->open;
  open(link_id, true);
}

void gateway_link::refuse(const packet& what, const remote_error& why) {
  std::string bytes;
  append_packet(
      bytes, {subtype::helo, helo_option::resp | helo_option::error, what.command, what.sequence, encode_error(why)});
  stream_->write(bytes);
  end(to_string(why));
}

}  // namespace ability::fly
