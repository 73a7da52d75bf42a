// Calls and pings of a peer, and their deadlines.
#include <algorithm>
#include <utility>

#include "net/fly/peer/peer.hpp"

namespace ability::fly {

namespace {

// Fails a call outside the function that began it.
struct failure {
  waiter_ptr who;
  remote_error why;
  void operator()() { who->done(std::move(why)); }
};

}  // namespace

peer::time_point peer::deadline_after(std::chrono::milliseconds timeout) {
  constexpr std::chrono::milliseconds longest = std::chrono::hours{24 * 365};  // a longer one would overflow
  return clock::now() + std::min(timeout, longest);
}

void peer::fail_later(waiter_ptr who, remote_error why) {
  failure job{std::move(who), std::move(why)};
  if (!engine_->loop.post(job))
    job.who->refuse(std::move(job.why));
}

void peer::call(std::uint16_t command, outcome<encoded> message, std::chrono::milliseconds timeout, waiter_ptr who) {
  struct begin {
    std::shared_ptr<peer> self;
    std::uint16_t command;
    outcome<encoded> message;
    time_point deadline;
    waiter_ptr who;
    void operator()() { self->start_call(command, std::move(message), deadline, std::move(who)); }
  };
  const auto deadline = deadline_after(timeout);
  if (engine_->loop.on_thread())
    return start_call(command, std::move(message), deadline, std::move(who));
  begin job{shared_from_this(), command, std::move(message), deadline, std::move(who)};
  if (!engine_->loop.post(job))
    job.who->refuse(remote_error{error_code::closed, "shut down"});
}

void peer::start_call(std::uint16_t command, outcome<encoded> message, time_point deadline, waiter_ptr who) {
  if (!message)
    return fail_later(std::move(who), message.error());
  const auto size = message->bytes.size();
  if (auto why = cannot_send(size))
    return fail_later(std::move(who), std::move(*why));
  if (!calls_.full()) {
    begin_call({{command, deadline, std::move(who)}, std::move(*message)});
  } else if (waiting_bytes_ + size > engine_->options.max_queued) {
    return fail_later(std::move(who), remote_error{error_code::too_many, "too many calls wait for a number"});
  } else {
    waiting_bytes_ += size;
    waiting_.push_back({{command, deadline, std::move(who)}, std::move(*message)});
  }
  arm(deadline);
  if (paused_) {
    // Posted, as resuming may call any callback.
    auto job = [self = shared_from_this()] { self->update_reading(); };
    engine_->loop.post(job);
  }
}

void peer::begin_call(waiting_call what) {
  const auto command = what.call.command;
  const auto sequence = calls_.start(std::move(what.call));
  write_rpc(acks_ ? rpc_option::ack : 0, command, sequence, what.message);
}

void peer::start_waiting() {
  while (!waiting_.empty() && !calls_.full()) {
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= next.message.bytes.size();
    begin_call(std::move(next));
  }
}

void peer::receive_reply(const packet& what) {
  const auto found = calls_.finish(what.command, what.sequence);
  if (found.found)
    start_waiting();
  if (!found.who) {
    ++engine_->stats.stray_replies;
    return;
  }
  if (overloaded_)
    update_reading();
  std::string inflated;
  packet whole = what;
  if (!inflate(whole, inflated))
    found.who->done(remote_error{error_code::bad_payload, "the reply is not deflate, or too long"});
  else if (whole.has(rpc_option::error))
    found.who->done(decode_error(whole.buffer));
  else
    found.who->done(payload{whole.buffer, whole.has(rpc_option::buffer), how_});
}

void peer::ping(std::size_t length, std::chrono::milliseconds timeout, waiter_ptr who) {
  struct begin {
    std::shared_ptr<peer> self;
    std::size_t length;
    time_point deadline;
    waiter_ptr who;
    void operator()() { self->start_ping(length, deadline, std::move(who)); }
  };
  const auto deadline = deadline_after(timeout);
  if (engine_->loop.on_thread())
    return start_ping(length, deadline, std::move(who));
  begin job{shared_from_this(), length, deadline, std::move(who)};
  if (!engine_->loop.post(job))
    job.who->refuse(remote_error{error_code::closed, "shut down"});
}

void peer::start_ping(std::size_t length, time_point deadline, waiter_ptr who) {
  if (auto why = cannot_send(length))
    return fail_later(std::move(who), std::move(*why));
  if (pings_.full())
    return fail_later(std::move(who), remote_error{error_code::too_many, "too many pings are under way"});
  const auto sequence = pings_.start({0, deadline, std::move(who)});
  const std::string buffer(length, '\0');
  write({subtype::ping, ping_option::ping, 0, sequence, buffer});
  arm(deadline);
}

void peer::cancel(std::uint64_t id) {
  if (!engine_->loop.on_thread()) {
    auto job = [self = shared_from_this(), id] { self->cancel(id); };
    engine_->loop.post(job);
    return;
  }
  const auto until = deadline_after(engine_->options.quarantine);
  auto who = calls_.give_up(id, until);
  if (!who)
    who = pings_.give_up(id, until);
  if (!who)
    who = subscribes_.give_up(id, until);
  const auto waits = std::ranges::find_if(waiting_, [id](const auto& each) { return each.call.who->id == id; });
  if (waits != waiting_.end()) {
    who = std::move(waits->call.who);
    waiting_bytes_ -= waits->message.bytes.size();
    waiting_.erase(waits);
  }
  if (!who)
    return;
  fail_later(std::move(who), remote_error{error_code::cancelled});
  if (!ended_)
    arm(until);
}

void peer::arm(time_point when) {
  if (ended_ || when >= wake_at_)
    return;
  wake_at_ = when;
  timer_->expires_at(when);
  timer_->async_wait([weak = weak_from_this()](boost::system::error_code error) {
    if (error)
      return;
    if (const auto self = weak.lock(); self && !self->ended_)
      self->on_timer();
  });
}

void peer::on_timer() {
  wake_at_ = call_table::never;
  const auto now = clock::now();
  const auto until = now + engine_->options.quarantine;
  auto late = calls_.expire(now, until);
  for (auto* table : {&pings_, &subscribes_})
    for (auto& each : table->expire(now, until))
      late.push_back(std::move(each));
  std::erase_if(waiting_, [&](auto& each) {
    if (each.call.deadline > now)
      return false;
    waiting_bytes_ -= each.message.bytes.size();
    late.push_back(std::move(each.call.who));
    return true;
  });
  if (congested_ && check_queue_ <= now) {
    congested_ = transport_->queued() > engine_->options.max_queued / 2;
    check_queue_ = congested_ ? now + queue_check : call_table::never;
  }
  start_waiting();
  for (const auto& each : late)
    each->done(remote_error{error_code::timeout});
  if (!ended_)
    check_helo(now);
  if (ended_)
    return;
  update_reading();
  auto next = std::min({calls_.earliest(), pings_.earliest(), subscribes_.earliest(), check_queue_, helo_deadline_});
  for (const auto& each : waiting_)
    next = std::min(next, each.call.deadline);
  if (helo_)
    next = std::min({next, helo_->deadline, helo_->again});
  arm(next);
}

}  // namespace ability::fly
