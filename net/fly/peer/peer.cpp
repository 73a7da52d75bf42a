#include "net/fly/peer/peer.hpp"

#include <utility>

#include "net/fly/invocation.hpp"
#include "protocol/fly/compression.hpp"

namespace ability::fly {

peer::peer(std::shared_ptr<engine> of, transport_ptr over, fly::side which)
    : engine_{std::move(of)}, side_{which}, transport_{std::move(over)}, ended_{transport_ == nullptr} {
  if (ended_)
    return;
  timer_.emplace(transport_->get_executor());
  run_on_ = engine_->workers ? engine_->workers->executor(engine_->options.ordered)
                             : boost::asio::any_io_executor{transport_->get_executor()};
  limit_ = transport_->max_buffer();
  address_ = transport_->peer();
}

void peer::start(std::optional<pending_helo> helo) {
  engine_->peers.insert(shared_from_this());
  // Closing destroys these callbacks while they run; `keep` outlives them.
  transport_->start({[self = shared_from_this()](const packet& what) {
                       const auto keep = self;  // NOLINT(performance-unnecessary-copy-initialization)
                       keep->receive(what);
                     },
                     [self = shared_from_this()](const std::string& why) {
                       const auto keep = self;  // NOLINT(performance-unnecessary-copy-initialization)
                       keep->end(why, false);
                     }});
  if (helo) {
    helo_ = std::move(helo);
    arm(helo_->deadline);
    write_helo();
  } else if (side_ == side::client) {
    became_ready();
  } else if (side_ == side::link) {
    acks_ = true;
  } else if (side_ == side::server && engine_->admission.require_helo) {
    helo_deadline_ = clock::now() + engine_->admission.helo_timeout;
    arm(helo_deadline_);
  }
}

// By value, as closing may destroy the owner of the caller's text.
// NOLINTNEXTLINE(performance-unnecessary-value-param)
void peer::end(std::string why, bool ours) {
  if (ended_)
    return;
  ended_because_ = why;
  ended_ = true;
  const auto self = shared_from_this();
  engine_->peers.erase(self);
  timer_.reset();
  if (const auto over = std::exchange(transport_, nullptr); ours)
    over->close(why);
  auto left = calls_.clear();
  for (auto* table : {&pings_, &subscribes_})
    for (auto& each : table->clear())
      left.push_back(std::move(each));
  for (auto& each : std::exchange(waiting_, {}))
    left.push_back(std::move(each.call.who));
  if (helo_)
    left.push_back(std::move(helo_->who));
  helo_.reset();
  for (const auto& each : left)
    each->done(remote_error{error_code::closed, why});
  if (ready_)
    run_hook(engine_->on_close);
  run_on_ = {};
}

void peer::close(std::string why) {
  auto job = [self = shared_from_this(), why = std::move(why)] { self->end(why, true); };
  if (engine_->loop.on_thread())
    job();
  else
    engine_->loop.post(job);
}

void peer::receive(const packet& what) {
  switch (what.type) {
    case subtype::rpc:
      return receive_rpc(what);
    case subtype::ping:
      return receive_ping(what);
    case subtype::helo:
      return receive_helo(what);
    case subtype::mq:
      return receive_mq(what);
  }
}

void peer::receive_rpc(const packet& what) {
  if (what.has(rpc_option::resp))
    receive_reply(what);
  else if (what.has(rpc_option::error))
    ++engine_->stats.ignored;
  else
    receive_request(what);
}

void peer::receive_request(const packet& what) {
  if (!ready_ && side_ != side::link) {
    if (side_ == side::server && engine_->admission.require_helo)
      return write_reply(what.command, what.sequence, remote_error{error_code::unauthorized, "say Helo first"});
    became_ready();
    if (ended_)
      return;
  }
  std::string inflated;
  packet whole = what;
  if (!inflate(whole, inflated))
    return write_reply(what.command, what.sequence, remote_error{error_code::bad_payload, "not deflate, or too long"});
  dispatch(whole);
}

void peer::receive_ping(const packet& what) {
  const auto& options = engine_->options;
  if (options.profile == profile::normal && looks_legacy(what)) {
    if (engine_->stats.legacy++ == 0)
      engine_->log("dropped a packet of " + address_ + ", which looks like one of the profile `legacy`");
    return;
  }
  if (what.has(ping_option::ping) == what.has(ping_option::pong)) {
    ++engine_->stats.ignored;
  } else if (what.has(ping_option::ping)) {
    write({subtype::ping, ping_option::pong, what.command, what.sequence, what.buffer});
  } else if (const auto found = pings_.finish(what.command, what.sequence); found.who) {
    found.who->done(payload{what.buffer, true});
  } else {
    ++engine_->stats.stray_pongs;
  }
}

void peer::receive_mq(const packet& what) {
  if (side_ == side::client)
    receive_stream(what);
  else if (what.has(mq_option::subscribe))
    write({subtype::mq, mq_option::reject, what.command, what.sequence, "there are no streams here"});
  else
    ++engine_->stats.ignored;
}

bool peer::inflate(packet& what, std::string& into) const {
  if (!deflate_ || !what.has(rpc_option::compressed))
    return true;
  auto inflated = decompress(what.buffer);
  if (!inflated)
    return false;
  into = std::move(*inflated);
  what.buffer = into;
  return true;
}

void peer::dispatch(const packet& what) {
  const auto& handlers = side_ == side::link ? engine_->link_handlers : engine_->handlers;
  const auto found = handlers.find(what.command);
  if (found == handlers.end())
    return write_reply(what.command, what.sequence, remote_error{error_code::not_found});
  const auto handle = found->second;  // may be replaced while it runs
  if (overloaded_ && !paused_)
    return write_reply(what.command, what.sequence, remote_error{error_code::too_many, "too much waits already"});
  invocation in{context{shared_from_this()}, what, how_};
  if (!engine_->workers)
    return (*handle)(in);
  in.own();
  const auto where = in.executor();
  engine_->workers->run(where, [handle, in = std::move(in)]() mutable { (*handle)(in); });
}

void peer::run_hook(const std::function<void(context&)>& hook) {
  if (!hook)
    return;
  auto job = [hook, of = engine_, with = context{shared_from_this()}]() mutable {
    try {
      hook(with);
    } catch (const std::exception& why) {
      of->log(std::string{"a hook threw: "} + why.what());
    } catch (...) {
      of->log("a hook threw");
    }
  };
  if (engine_->workers)
    engine_->workers->run(run_on_, std::move(job));
  else
    job();
}

}  // namespace ability::fly
