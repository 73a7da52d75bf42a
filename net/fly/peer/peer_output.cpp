// Sending of a peer, and its control of reading.
#include <algorithm>
#include <utility>

#include "net/fly/peer/peer.hpp"
#include "protocol/fly/compression.hpp"
#include "protocol/text/utf8.hpp"

namespace ability::fly {

namespace {

constexpr std::size_t code_size = 4;

}  // namespace

outcome<void> peer::send(std::uint16_t command, encoded message) {
  const auto size = message.bytes.size();
  return send_by(size, [command, message = std::move(message)](peer& self) {
    self.write_rpc(0, command, self.calls_.pass_number(), message);
  });
}

outcome<void> peer::send_by(std::size_t size, std::function<void(peer&)> write) {
  if (auto why = cannot_send(size))
    return *why;
  if (engine_->loop.on_thread()) {
    write(*this);
    return {};
  }
  size += overhead;
  if (posted_.fetch_add(size) + size > engine_->options.max_queued) {
    posted_ -= size;
    return remote_error{error_code::too_many, "too much is on its way out"};
  }
  auto job = [self = shared_from_this(), size, write = std::move(write)] {
    self->posted_ -= size;
    if (!self->ended_)
      write(*self);
  };
  if (!engine_->loop.post(job))
    return remote_error{error_code::closed, "shut down"};
  return {};
}

std::optional<remote_error> peer::cannot_send(std::size_t size) const {
  if (ended_)
    return remote_error{error_code::closed, "not connected"};
  if (size > limit_)
    return remote_error{error_code::too_long, std::to_string(size) + " bytes, of at most " + std::to_string(limit_)};
  if (congested_)
    return remote_error{error_code::too_many, "too much is on its way out"};
  return std::nullopt;
}

void peer::reply(std::uint16_t command, std::uint8_t sequence, answer what) {
  if (engine_->loop.on_thread())
    return write_reply(command, sequence, what);
  auto job = [self = shared_from_this(), command, sequence, what = std::move(what)] {
    self->write_reply(command, sequence, what);
  };
  engine_->loop.post(job);
}

void peer::write_reply(std::uint16_t command, std::uint8_t sequence, const answer& what) {
  if (ended_)
    return;
  if (what.has_value()) {
    static const encoded nothing;
    const auto& message = *what ? **what : nothing;
    if (message.bytes.size() <= limit_)
      return write_rpc(rpc_option::resp, command, sequence, message);
    return write_reply(command, sequence, remote_error{error_code::too_long, "the reply does not fit in a packet"});
  }
  auto error = what.error();
  error.text = utf8_prefix(error.text, std::max<std::size_t>(limit_, code_size) - code_size);
  write({subtype::rpc, rpc_option::resp | rpc_option::error, command, sequence, encode_error(error)});
}

void peer::write_rpc(std::uint8_t options, std::uint16_t command, std::uint8_t sequence, const encoded& what) {
  if (what.is_raw)
    options |= rpc_option::buffer;
  if (deflate_)
    if (const auto smaller = compress(what.bytes))
      return write(
          {subtype::rpc, static_cast<std::uint8_t>(options | rpc_option::compressed), command, sequence, *smaller});
  write({subtype::rpc, options, command, sequence, what.bytes});
}

void peer::write(const packet& what) {
  thread_local std::string bytes;
  bytes.clear();
  append_packet(bytes, what, engine_->options.profile);
  transport_->send(bytes);
  if (congested_ || transport_->queued() <= engine_->options.max_queued)
    return;
  congested_ = true;
  check_queue_ = clock::now() + queue_check;
  arm(check_queue_);
  update_reading();
}

boost::asio::any_io_executor peer::load(std::size_t size) {
  const auto most = engine_->options.max_unhandled;
  if (load_.fetch_add(size) + size > most) {
    overloaded_ = true;
    overloaded_ = load_ > most / 2;  // the workers may have handled all of it before the flag was set
    update_reading();
  }
  return run_on_;
}

void peer::unload(std::size_t size) {
  const auto few = engine_->options.max_unhandled / 2;
  const auto left = load_.fetch_sub(size) - size;
  if (!overloaded_ || left > few)
    return;
  auto job = [self = shared_from_this(), few] {
    self->overloaded_ = self->load_ > few;
    self->update_reading();
  };
  engine_->loop.post(job);
}

void peer::update_reading() {
  // Keep reading while calls wait for replies: handlers may wait for them, and the load would never shrink.
  const bool pause = congested_ || (overloaded_ && calls_.active() == 0);
  if (ended_ || pause == paused_)
    return;
  paused_ = pause;
  const auto over = transport_;
  if (pause)
    over->pause();
  else
    over->resume();
}

}  // namespace ability::fly
