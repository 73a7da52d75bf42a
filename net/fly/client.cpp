#include "net/fly/client.hpp"

#include <optional>

#include "net/fly/peer/engine.hpp"
#include "net/fly/peer/peer.hpp"
#include "net/fly/peer/peer_core.hpp"

namespace ability::fly {

// Makes a connection the client's own after its Helo was accepted.
struct client::connecting final : waiter {
  client* of;
  std::shared_ptr<peer> over;
  waiter_ptr who;

  connecting(client* whose, std::shared_ptr<peer> what, waiter_ptr next)
      : of{whose}, over{std::move(what)}, who{std::move(next)} {}

  void done(outcome<payload> reply) override {
    if (reply)
      of->use(std::move(over));
    who->done(std::move(reply));
  }
  void refuse(remote_error why) override { who->refuse(std::move(why)); }
};

client::client(std::string_view where, client_options options)
    : node{options, {}},
      nobody_{std::make_shared<peer>(engine_, nullptr, side::client)},
      where_{parse_address(where)},
      options_{std::move(options)},
      peer_{nobody_} {
  options_.dial.profile = options_.profile;
}

client::~client() {
  engine_->loop.run([this] {
    dialing_.reset();
    if (const auto who = std::move(dials_for_))
      who->done(remote_error{error_code::closed, "the client is gone"});
  });
  engine_->stop();  // while all members that handlers and connections refer to still exist
}

std::shared_ptr<peer> client::connection() const {
  const std::lock_guard lock{mutex_};
  return peer_;
}

void client::use(std::shared_ptr<peer> now) {
  const std::lock_guard lock{mutex_};
  peer_ = std::move(now);
}

void client::on_stream(std::function<void(std::uint16_t, std::string_view)> f) {
  if (!f)
    return on_positioned({});
  on_positioned([f = std::move(f)](std::uint16_t alias, std::string_view data, const auto&) { f(alias, data); });
}

void client::on_positioned(
    std::function<void(std::uint16_t, std::string_view, const std::optional<stream_position>&)> f) {
  engine_->loop.run([&] { engine_->on_stream = std::move(f); });
}

void client::on_reject(std::function<void(std::uint16_t, std::string_view)> f) {
  engine_->loop.run([&] { engine_->on_reject = std::move(f); });
}

void client::on_missed(std::function<void(std::uint16_t)> f) {
  engine_->loop.run([&] { engine_->on_missed = std::move(f); });
}

std::function<void(peer&, waiter_ptr)> client::subscribing(std::uint16_t alias, std::string stream,
                                                           stream_start from) const {
  return [alias, stream = std::move(stream), from = std::move(from), time = options_.call_timeout](
             peer& over, waiter_ptr who) { over.subscribe(alias, stream, from, time, std::move(who)); };
}

outcome<void> client::subscribe(std::uint16_t alias, std::string stream, stream_start from) {
  return wait_for<void>(connection(), read_reply<void>, subscribing(alias, std::move(stream), std::move(from)),
                        options_.call_timeout);
}

outcome<void> client::connect() {
  return wait_for<void>(
      nobody_, read_reply<void>, [this](peer&, waiter_ptr who) { start_connect(std::move(who)); },
      options_.dial.timeout);
}

void client::start_connect(waiter_ptr who) {
  struct begin {
    client* self;
    waiter_ptr who;
    void operator()() { self->dial(std::move(who)); }
  } job{this, std::move(who)};
  if (!engine_->loop.post(job))
    job.who->refuse(remote_error{error_code::closed});
}

void client::dial(waiter_ptr who) {
  dialing_.reset();
  if (const auto former = std::exchange(dials_for_, nullptr))
    former->done(remote_error{error_code::cancelled, "connects anew"});
  for (const auto& former : {greeting_.lock(), connection()})
    if (former)
      former->core().end("connects anew", true);
  if (!where_)
    return who->done(remote_error{error_code::closed, where_.error().detail});
  dials_for_ = std::move(who);
  deadline_ = peer::clock::now() + options_.dial.timeout;
  dialing_ = async_dial(engine_->loop.executor(), *where_, options_.dial,
                        [this](dial_result result) { dialed(std::move(result)); });
}

void client::dialed(dial_result result) {
  const auto attempt = std::move(dialing_);
  auto who = std::move(dials_for_);
  if (!result)
    return who->done(remote_error{error_code::closed, result.error()});
  const auto over = std::make_shared<peer>(engine_, std::move(*result), side::client);
  if (!options_.helo || options_.profile == profile::legacy) {
    use(over);
    over->core().start();
    return who->done(payload{});
  }
  pending_helo helo{.helo = {.serializers = options_.serializers,
                             .deflate = options_.compression,
                             .ack = options_.ack,
                             .positions = options_.positions,
                             .resume = options_.positions ? connection()->session() : std::string{},
                             .token = options_.token,
                             .headers = options_.headers,
                             .role = options_.role},
                    .who = std::make_unique<connecting>(this, over, std::move(who)),
                    .datagrams = where_->carrier == carrier::udp,
                    .deadline = deadline_};
  greeting_ = over;
  over->core().start(std::move(helo));
}

}  // namespace ability::fly
