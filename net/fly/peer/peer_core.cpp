#include "net/fly/peer/peer_core.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "net/fly/peer/invocation.hpp"
#include "net/fly/peer/peer.hpp"

namespace ability::fly {

peer_core::peer_core(peer& face, peer_status& out, std::shared_ptr<engine> of, transport_ptr over, side which)
    : face_{face},
      status_{out},
      engine_{std::move(of)},
      side_{which},
      output_{std::move(over), engine_->options, terms_, [this] { congested(); }},
      handshake_{*engine_, side_, output_, terms_},
      calls_{output_, terms_, engine_->options.max_queued},
      streams_{*engine_, output_, terms_} {
  const auto& transport = output_.over();
  if (!transport)
    return;
  timer_.emplace(transport->get_executor());
  run_on_ = engine_->workers ? engine_->workers->executor(engine_->options.ordered)
                             : boost::asio::any_io_executor{transport->get_executor()};
  terms_.limit = transport->max_buffer();
  status_.set_limit(terms_.limit);
}

void peer_core::start(std::optional<pending_helo> helo) {
  const auto self = face_.shared_from_this();
  engine_->peers.insert(self);
  // Closing destroys these callbacks while they run; `keep` outlives them.
  output_.over()->start({[self](const packet& what) {
                           const auto keep = self;  // NOLINT(performance-unnecessary-copy-initialization)
                           keep->core().receive(what);
                         },
                         [self](const std::string& why) {
                           const auto keep = self;  // NOLINT(performance-unnecessary-copy-initialization)
                           keep->core().end(why, false);
                         }});
  if (helo) {
    handshake_.say(std::move(*helo));
  } else if (side_ == side::client) {
    became_ready();
  } else if (side_ == side::link) {
    terms_.acks = true;
    status_.set_acks(true);
  } else if (side_ == side::server && engine_->admission.require_helo) {
    handshake_.expect_by(clock::now() + engine_->admission.helo_timeout);
  }
  arm(handshake_.earliest());
}

// By value, as closing may destroy the owner of the caller's text.
// NOLINTNEXTLINE(performance-unnecessary-value-param)
void peer_core::end(std::string why, bool ours) {
  if (has_ended())
    return;
  const auto over = output_.release();
  status_.end(why);
  const auto self = face_.shared_from_this();
  engine_->peers.erase(self);
  timer_.reset();
  if (ours)
    over->close(why);
  auto left = calls_.clear();
  for (auto* table : {&pings_, &streams_.unanswered()})
    std::ranges::move(table->clear(), std::back_inserter(left));
  if (auto who = handshake_.forget())
    left.push_back(std::move(who));
  for (const auto& each : left)
    each->done(remote_error{error_code::closed, why});
  if (handshake_.is_over())
    engine_->run(engine_->on_close, self, run_on_);
  run_on_ = {};
}

void peer_core::became_ready() {
  handshake_.finish();
  engine_->run(engine_->on_connect, face_.shared_from_this(), run_on_);
}

void peer_core::follow(handshake::step next) {
  if (next.ignored)
    ++engine_->stats.ignored;
  if (next.agreed) {
    terms_ = std::move(*next.agreed);
    status_.agree(terms_);
    became_ready();
  }
  if (next.ended)
    end(std::move(*next.ended), true);
  if (next.who)
    next.who->done(std::move(next.result));
}

// -- in ---

void peer_core::receive(const packet& what) {
  switch (what.type) {
    case subtype::rpc:
      return receive_rpc(what);
    case subtype::ping:
      return receive_ping(what);
    case subtype::helo:
      follow(handshake_.receive(what));
      return arm(handshake_.earliest());
    case subtype::mq:
      return receive_mq(what);
  }
}

void peer_core::receive_rpc(const packet& what) {
  if (what.has(rpc_option::resp))
    receive_reply(what);
  else if (what.has(rpc_option::error))
    ++engine_->stats.ignored;
  else
    receive_request(what);
}

void peer_core::receive_request(const packet& what) {
  if (!handshake_.is_over() && side_ != side::link) {
    if (side_ == side::server && engine_->admission.require_helo)
      return reply(what.command, what.sequence, remote_error{error_code::unauthorized, "say Helo first"});
    became_ready();
    if (has_ended())
      return;
  }
  std::string inflated;
  packet whole = what;
  if (!inflate(terms_, whole, inflated))
    return reply(what.command, what.sequence, remote_error{error_code::bad_payload, "not deflate, or too long"});
  dispatch(whole);
}

void peer_core::dispatch(const packet& what) {
  const auto& handlers = side_ == side::link ? engine_->link_handlers : engine_->handlers;
  const auto found = handlers.find(what.command);
  if (found == handlers.end())
    return reply(what.command, what.sequence, remote_error{error_code::not_found});
  if (overloaded_ && !paused_)
    return reply(what.command, what.sequence, remote_error{error_code::too_many, "too much waits already"});
  engine_->run(found->second, {face_.shared_from_this(), what, terms_.how});
}

void peer_core::receive_reply(const packet& what) {
  const auto who = calls_.finish(what.command, what.sequence);
  if (!who) {
    ++engine_->stats.stray_replies;
    return;
  }
  if (overloaded_)
    update_reading();
  std::string inflated;
  packet whole = what;
  if (!inflate(terms_, whole, inflated))
    who->done(remote_error{error_code::bad_payload, "the reply is not deflate, or too long"});
  else if (whole.has(rpc_option::error))
    who->done(decode_error(whole.buffer));
  else
    who->done(payload{whole.buffer, whole.has(rpc_option::buffer), terms_.how});
}

void peer_core::receive_ping(const packet& what) {
  if (engine_->options.profile == profile::normal && looks_legacy(what)) {
    if (engine_->stats.legacy++ == 0)
      engine_->log("dropped a packet of " + face_.address() + ", which looks like one of the profile `legacy`");
    return;
  }
  if (what.has(ping_option::ping) == what.has(ping_option::pong)) {
    ++engine_->stats.ignored;
  } else if (what.has(ping_option::ping)) {
    output_.write({subtype::ping, ping_option::pong, what.command, what.sequence, what.buffer});
  } else if (const auto found = pings_.finish(what.command, what.sequence); found.who) {
    found.who->done(payload{what.buffer, true});
  } else {
    ++engine_->stats.stray_pongs;
  }
}

void peer_core::receive_mq(const packet& what) {
  if (side_ != side::client && what.has(mq_option::subscribe))
    output_.write({subtype::mq, mq_option::reject, what.command, what.sequence, "there are no streams here"});
  else if (side_ != side::client || !streams_.receive(what))
    ++engine_->stats.ignored;
  arm(streams_.next_check());
}

// -- out ---

void peer_core::call(std::uint16_t command, outcome<encoded> message, time_point deadline, waiter_ptr who) {
  if (!message)
    return engine_->fail_later(std::move(who), message.error());
  if (auto why = status_.cannot_send(message->bytes.size()))
    return engine_->fail_later(std::move(who), std::move(*why));
  call_table::call what{command, deadline, std::move(who)};
  if (auto why = calls_.start(what, std::move(*message)))
    return engine_->fail_later(std::move(what.who), std::move(*why));
  arm(deadline);
  if (paused_) {
    // Posted, as resuming may call any callback.
    auto job = [self = face_.shared_from_this()] { self->core().update_reading(); };
    engine_->loop.post(job);
  }
}

void peer_core::ping(std::size_t length, time_point deadline, waiter_ptr who) {
  if (auto why = status_.cannot_send(length))
    return engine_->fail_later(std::move(who), std::move(*why));
  if (pings_.full())
    return engine_->fail_later(std::move(who), remote_error{error_code::too_many, "too many pings are under way"});
  const auto sequence = pings_.start({0, deadline, std::move(who)});
  const std::string buffer(length, '\0');
  output_.write({subtype::ping, ping_option::ping, 0, sequence, buffer});
  arm(deadline);
}

void peer_core::subscribe(std::uint16_t alias, std::string_view stream, const stream_start& from, time_point deadline,
                          waiter_ptr who) {
  if (auto why = status_.cannot_send(stream.size()))
    return engine_->fail_later(std::move(who), std::move(*why));
  call_table::call what{alias, deadline, std::move(who)};
  if (auto why = streams_.start(what, stream, from))
    return engine_->fail_later(std::move(what.who), std::move(*why));
  arm(std::min(deadline, streams_.next_check()));
}

void peer_core::cancel(std::uint64_t id) {
  const auto until = call_table::deadline_after(engine_->options.quarantine);
  auto who = calls_.give_up(id, until);
  for (auto* table : {&pings_, &streams_.unanswered()})
    if (!who)
      who = table->give_up(id, until);
  if (!who)
    return;
  engine_->fail_later(std::move(who), remote_error{error_code::cancelled});
  arm(until);
}

// -- bounds and time limits ---

void peer_core::congested() {
  status_.set_congested(true);
  arm(output_.check_at());
  update_reading();
}

void peer_core::set_overloaded(bool yes) {
  overloaded_ = yes;
  update_reading();
}

void peer_core::update_reading() {
  // Keep reading while calls wait for replies: handlers may wait for them, and the load would never shrink.
  const bool pause = output_.is_congested() || (overloaded_ && calls_.active() == 0);
  if (has_ended() || pause == paused_)
    return;
  paused_ = pause;
  const auto over = output_.over();
  if (pause)
    over->pause();
  else
    over->resume();
}

void peer_core::arm(time_point when) {
  if (has_ended() || when >= wake_at_)
    return;
  wake_at_ = when;
  timer_->expires_at(when);
  timer_->async_wait([weak = face_.weak_from_this()](boost::system::error_code error) {
    if (error)
      return;
    if (const auto self = weak.lock(); self && !self->core().has_ended())
      self->core().on_timer();
  });
}

void peer_core::on_timer() {
  wake_at_ = call_table::never;
  const auto now = clock::now();
  const auto until = now + engine_->options.quarantine;
  auto late = calls_.expire(now, until);
  for (auto* table : {&pings_, &streams_.unanswered()})
    std::ranges::move(table->expire(now, until), std::back_inserter(late));
  output_.check(now);
  status_.set_congested(output_.is_congested());
  for (const auto& each : late)
    each->done(remote_error{error_code::timeout});
  if (!has_ended())
    follow(handshake_.check(now));
  if (!has_ended() && side_ == side::client)
    streams_.check(now);
  if (has_ended())
    return;
  update_reading();
  arm(std::min({calls_.earliest(), pings_.earliest(), streams_.unanswered().earliest(), output_.check_at(),
                handshake_.earliest(), side_ == side::client ? streams_.next_check() : call_table::never}));
}

}  // namespace ability::fly
