// Subscriptions of a peer's client to a router's streams.
#include <utility>

#include "net/fly/peer/peer.hpp"

namespace ability::fly {

void peer::subscribe(std::uint16_t alias, std::string stream, std::chrono::milliseconds timeout, waiter_ptr who) {
  struct begin {
    std::shared_ptr<peer> self;
    std::uint16_t alias;
    std::string stream;
    time_point deadline;
    waiter_ptr who;
    void operator()() { self->start_subscribe(alias, stream, deadline, std::move(who)); }
  };
  begin job{shared_from_this(), alias, std::move(stream), deadline_after(timeout), std::move(who)};
  if (engine_->loop.on_thread())
    job();
  else if (!engine_->loop.post(job))
    job.who->refuse(remote_error{error_code::closed, "shut down"});
}

void peer::start_subscribe(std::uint16_t alias, const std::string& stream, time_point deadline, waiter_ptr who) {
  if (auto why = cannot_send(stream.size()))
    return fail_later(std::move(who), std::move(*why));
  if (subscribes_.full())
    return fail_later(std::move(who), remote_error{error_code::too_many, "too many subscriptions are under way"});
  const auto sequence = subscribes_.start({alias, deadline, std::move(who)});
  write({subtype::mq, mq_option::subscribe, alias, sequence, stream});
  arm(deadline);
}

outcome<void> peer::unsubscribe(std::uint16_t alias) { return send_mq(mq_option::unsubscribe, alias, {}); }

outcome<void> peer::publish(std::uint16_t alias, std::string data) { return send_mq(0, alias, std::move(data)); }

outcome<void> peer::send_mq(std::uint8_t options, std::uint16_t alias, std::string buffer) {
  const auto size = buffer.size();
  return send_by(size, [options, alias, buffer = std::move(buffer)](peer& self) {
    self.write({subtype::mq, options, alias, self.subscribes_.pass_number(), buffer});
  });
}

void peer::receive_stream(const packet& what) {
  if (what.options == mq_option::confirm || what.options == mq_option::reject) {
    const auto found = subscribes_.finish(what.command, what.sequence);
    if (found.who && what.options == mq_option::confirm)
      found.who->done(payload{});
    else if (found.who)
      found.who->done(remote_error{error_code::forbidden, std::string{what.buffer}});
    else if (what.options == mq_option::reject && engine_->on_reject)
      engine_->on_reject(what.command, what.buffer);
  } else if ((what.options & ~mq_option::compressed) == 0 && engine_->on_stream) {
    std::string inflated;
    packet whole = what;
    if (inflate(whole, inflated))
      engine_->on_stream(whole.command, whole.buffer);
  } else {
    ++engine_->stats.ignored;
  }
}

}  // namespace ability::fly
