#include "net/fly/peer/peer.hpp"

#include <utility>

#include "net/fly/peer/peer_core.hpp"

namespace ability::fly {

peer::peer(std::shared_ptr<engine> of, transport_ptr over, side which)
    : engine_{std::move(of)},
      address_{over ? over->peer() : std::string{}},
      status_{over != nullptr},
      core_{std::make_unique<peer_core>(*this, status_, engine_, std::move(over), which)} {}

peer::~peer() = default;

std::chrono::milliseconds peer::call_timeout() const noexcept { return engine_->options.call_timeout; }

bool peer::is_on_loop() const noexcept { return engine_->loop.on_thread(); }

// Calls `what(core)` now on the event loop's thread, otherwise soon. Does nothing if the loop is gone.
template <class Job>
void peer::run(Job what) {
  if (is_on_loop())
    return what(*core_);
  auto job = [self = shared_from_this(), what = std::move(what)]() mutable { what(*self->core_); };
  engine_->loop.post(job);
}

// Calls `what(core)`, which writes `size` bytes, now or soon. At most `max_queued` bytes are on their way to the loop.
template <class Write>
outcome<void> peer::write(std::size_t size, Write what) {
  if (auto why = status_.cannot_send(size))
    return *why;
  if (is_on_loop()) {
    what(*core_);
    return {};
  }
  size += overhead;
  if (posted_.fetch_add(size) + size > engine_->options.max_queued) {
    posted_ -= size;
    return remote_error{error_code::too_many, "too much is on its way out"};
  }
  auto job = [self = shared_from_this(), size, what = std::move(what)] {
    self->posted_ -= size;
    what(*self->core_);
  };
  if (!engine_->loop.post(job))
    return remote_error{error_code::closed, "shut down"};
  return {};
}

// Calls `what(core, who)` now or soon.
template <class Begin>
void peer::begin(waiter_ptr who, Begin what) {
  if (is_on_loop())
    return what(*core_, std::move(who));
  struct posted {
    std::shared_ptr<peer> self;
    waiter_ptr who;
    Begin what;
    void operator()() { what(*self->core_, std::move(who)); }
  } job{shared_from_this(), std::move(who), std::move(what)};
  if (!engine_->loop.post(job))
    job.who->refuse(remote_error{error_code::closed, "shut down"});
}

outcome<void> peer::send(std::uint16_t command, encoded message) {
  const auto size = message.bytes.size();
  return write(size, [command, message = std::move(message)](peer_core& core) { core.send(command, message); });
}

outcome<void> peer::unsubscribe(std::uint16_t alias) {
  return write(0, [alias](peer_core& core) { core.send_mq(mq_option::unsubscribe, alias, {}); });
}

outcome<void> peer::publish(std::uint16_t alias, std::string data) {
  const auto size = data.size();
  return write(size, [alias, data = std::move(data)](peer_core& core) { core.send_mq(0, alias, data); });
}

void peer::call(std::uint16_t command, outcome<encoded> message, std::chrono::milliseconds timeout, waiter_ptr who) {
  const auto deadline = call_table::deadline_after(timeout);
  begin(std::move(who), [command, message = std::move(message), deadline](peer_core& core, waiter_ptr who) mutable {
    core.call(command, std::move(message), deadline, std::move(who));
  });
}

void peer::ping(std::size_t length, std::chrono::milliseconds timeout, waiter_ptr who) {
  const auto deadline = call_table::deadline_after(timeout);
  begin(std::move(who),
        [length, deadline](peer_core& core, waiter_ptr who) { core.ping(length, deadline, std::move(who)); });
}

void peer::subscribe(std::uint16_t alias, std::string stream, stream_start from, std::chrono::milliseconds timeout,
                     waiter_ptr who) {
  const auto deadline = call_table::deadline_after(timeout);
  begin(std::move(who),
        [alias, stream = std::move(stream), from = std::move(from), deadline](peer_core& core, waiter_ptr who) {
          core.subscribe(alias, stream, from, deadline, std::move(who));
        });
}

void peer::cancel(std::uint64_t id) {
  run([id](peer_core& core) { core.cancel(id); });
}

void peer::close(std::string why) {
  run([why = std::move(why)](peer_core& core) { core.end(why, true); });
}

void peer::reply(std::uint16_t command, std::uint8_t sequence, answer what) {
  run([command, sequence, what = std::move(what)](peer_core& core) { core.reply(command, sequence, what); });
}

boost::asio::any_io_executor peer::load(std::size_t size) {
  const auto most = engine_->options.max_unhandled;
  if (load_.fetch_add(size) + size > most) {
    overloaded_ = true;
    overloaded_ = load_ > most / 2;  // the workers may have handled all of it before the flag was set
    core_->set_overloaded(overloaded_);
  }
  return core_->run_on();
}

void peer::unload(std::size_t size) {
  const auto few = engine_->options.max_unhandled / 2;
  const auto left = load_.fetch_sub(size) - size;
  if (!overloaded_ || left > few)
    return;
  auto job = [self = shared_from_this(), few] {
    self->overloaded_ = self->load_ > few;
    self->core_->set_overloaded(self->overloaded_);
  };
  engine_->loop.post(job);
}

}  // namespace ability::fly
